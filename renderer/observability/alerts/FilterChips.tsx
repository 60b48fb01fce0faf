import { clsx } from 'clsx'
import { type MouseEvent, memo, type ReactNode } from 'react'
import { type AlertState, alertStates, type Severity, severities } from '#preload/observability/alerts.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { StateMark } from '#renderer/ui/StateMark.tsx'
import { defaultStates } from './alert-search.ts'

type ChipProps = {
  readonly pressed: boolean
  readonly count: number | null
  readonly title: string
  readonly onPress: (event: MouseEvent) => void
  readonly children: ReactNode
}

function Chip({ pressed, count, title, onPress, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      title={title}
      onClick={onPress}
      className={clsx(
        'inline-flex h-6 items-center gap-1.5 rounded border px-1.5 text-secondary whitespace-nowrap',
        pressed ? 'border-accent bg-selected' : 'border-line hover:bg-hover',
      )}
    >
      {children}
      {count === null ? null : <span className="text-muted">{formatNumber(count, 0)}</span>}
    </button>
  )
}

const only = 'Alt+click: only this'

/** The list with a value in or out, in its usual order. */
function toggled<Value>(order: readonly Value[], chosen: readonly Value[], value: Value, alone: boolean): Value[] {
  if (alone) return [value]
  return order.filter((candidate) => chosen.includes(candidate) !== (candidate === value))
}

type StateChipsProps = {
  readonly chosen: readonly AlertState[]
  readonly counts: Readonly<Record<AlertState, number>> | undefined
  /** Undefined is the usual choice. */
  readonly onChoose: (states: AlertState[] | undefined) => void
}

/** The states that are shown, each with how many alerts would be. */
export const StateChips = memo(function StateChips({ chosen, counts, onChoose }: StateChipsProps) {
  const choose = (states: AlertState[]) => {
    const usual = states.length === defaultStates.length && states.every((state) => defaultStates.includes(state))
    onChoose(states.length === 0 || usual ? undefined : states)
  }
  // No state chosen shows them all.
  const shown = chosen.length === 0 ? alertStates : chosen
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame and a legend
    <div role="group" aria-label="States" className="flex flex-wrap items-center gap-1">
      {alertStates.map((state) => (
        <Chip
          key={state}
          pressed={shown.includes(state)}
          count={counts?.[state] ?? null}
          title={only}
          onPress={({ altKey }) => choose(toggled(alertStates, shown, state, altKey))}
        >
          <StateMark state={state} />
        </Chip>
      ))}
    </div>
  )
})

type SeverityChipsProps = {
  readonly chosen: readonly Severity[]
  readonly counts: Readonly<Record<Severity, number>> | undefined
  readonly onChoose: (severities: Severity[] | undefined) => void
}

/** The severities that are shown; none chosen shows all of them. */
export const SeverityChips = memo(function SeverityChips({ chosen, counts, onChoose }: SeverityChipsProps) {
  const choose = (list: Severity[]) =>
    onChoose(list.length === 0 || list.length === severities.length ? undefined : list)
  // With a choice made, the answer no longer counts the others.
  const countOf = (severity: Severity) =>
    chosen.length > 0 && !chosen.includes(severity) ? null : (counts?.[severity] ?? null)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame and a legend
    <div role="group" aria-label="Severities" className="flex flex-wrap items-center gap-1">
      {severities.map((severity) => (
        <Chip
          key={severity}
          pressed={chosen.includes(severity)}
          count={countOf(severity)}
          title={only}
          onPress={({ altKey }) => choose(toggled(severities, chosen, severity, altKey))}
        >
          <SeverityMark severity={severity} />
        </Chip>
      ))}
    </div>
  )
})
