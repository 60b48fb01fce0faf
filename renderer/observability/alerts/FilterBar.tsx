import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { Search, UserRound } from 'lucide-react'
import { useMemo } from 'react'
import type { AlertState, Severity } from '#preload/observability/alerts.ts'
import { LabelChip } from '#renderer/ui/Badge.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { MatcherInput } from '#renderer/ui/matcher/MatcherInput.tsx'
import { completeMatchers } from '#renderer/ui/matcher/matcher-syntax.ts'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type AlertSearch, defaultStates, isFiltered, noFilter } from './alert-search.ts'
import { SeverityChips, StateChips } from './FilterChips.tsx'
import { FilterTools, type FilterToolsProps } from './FilterTools.tsx'
import type { FilterProblem } from './filter-problem.ts'
import { inboxTotal, labelNames, labelValues, me } from './queries.ts'
import type { InboxAnswer } from './use-inbox.ts'
import { useStable } from './use-stable.ts'

export type FilterBarProps = {
  readonly search: AlertSearch
  /** All functions keep their identity. */
  readonly put: (change: AlertSearch) => void
  readonly matchers: string
  readonly onMatchers: (text: string) => void
  readonly text: string
  readonly onText: (text: string) => void
  readonly problem: FilterProblem | null
  readonly environment: string | null
  readonly answer: InboxAnswer | undefined
  readonly tools: FilterToolsProps
}

const completerOf = (client: QueryClient) =>
  completeMatchers(
    {
      names: async () => (await client.fetchQuery(labelNames)).map(({ name, count }) => ({ text: name, count })),
      values: async (name) =>
        (await client.fetchQuery(labelValues(name))).map(({ value, count }) => ({ text: value, count })),
    },
    'alert',
  )

function Inputs({ matchers, onMatchers, text, onText, problem }: FilterBarProps) {
  const client = useQueryClient()
  const complete = useMemo(() => completerOf(client), [client])
  return (
    <>
      <MatcherInput
        label="Filter alerts"
        value={matchers}
        onChange={onMatchers}
        error={problem}
        complete={complete}
        slash
      />
      <div className="w-52 shrink-0">
        <TextField
          type="search"
          icon={Search}
          aria-label="Search alerts"
          placeholder="Search all texts"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && text === '') event.currentTarget.blur()
          }}
        />
      </div>
    </>
  )
}

/** `12 of 10 000 alerts`. */
function Count({ answer, search, environment }: FilterBarProps) {
  const { data: all } = useQuery(
    inboxTotal({
      states: [...(search.states ?? defaultStates)],
      environments: environment === null ? [] : [environment],
    }),
  )
  const total = answer?.total
  if (total === undefined) return null
  const text =
    all === undefined || all === total ? plural(total, 'alert') : `${formatNumber(total, 0)} of ${plural(all, 'alert')}`
  return (
    <span role="status" className="text-secondary whitespace-nowrap text-muted">
      {text}
    </span>
  )
}

const noSeverities: readonly Severity[] = []

function Narrowing({ search, put, answer }: FilterBarProps) {
  const { data: person } = useQuery(me)
  const chooseStates = useStable((states: AlertState[] | undefined) => put({ states }))
  const chooseSeverities = useStable((severities: Severity[] | undefined) => put({ severities }))
  const mine = person !== undefined && search.assignee === person.name
  return (
    <>
      <StateChips chosen={search.states ?? defaultStates} counts={answer?.byState} onChoose={chooseStates} />
      <SeverityChips
        chosen={search.severities ?? noSeverities}
        counts={answer?.bySeverity}
        onChoose={chooseSeverities}
      />
      <Button
        size={24}
        icon={UserRound}
        kind={mine ? 'default' : 'ghost'}
        aria-pressed={mine}
        disabled={person === undefined}
        className={mine ? 'border-accent! bg-selected!' : undefined}
        onClick={() => put({ assignee: mine ? undefined : person?.name })}
      >
        Mine
      </Button>
      {search.assignee === undefined || mine ? null : (
        <LabelChip name="assignee" value={search.assignee} onRemove={() => put({ assignee: undefined })} />
      )}
      {(search.environments ?? []).map((name) => (
        <LabelChip
          key={name}
          name="environment"
          value={name}
          onRemove={() => put({ environments: search.environments?.filter((other) => other !== name) })}
        />
      ))}
      {isFiltered(search) ? (
        <Button size={24} kind="ghost" onClick={() => put(noFilter)}>
          Clear all
        </Button>
      ) : null}
    </>
  )
}

/** What the list shows: matchers, words, states, severities, groups, saved views; and how much that is. */
export function FilterBar(props: FilterBarProps) {
  return (
    <div data-region="Filter" className="flex flex-col gap-1.5 border-b border-line p-2">
      <div className="flex items-center gap-2">
        <Inputs {...props} />
        <FilterTools {...props.tools} />
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Narrowing {...props} />
        <span className="flex-1" />
        <Count {...props} />
      </div>
    </div>
  )
}
