import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, RotateCw, Search, UserRound } from 'lucide-react'
import { useMemo } from 'react'
import { LabelChip } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { Menu } from '#renderer/ui/Menu.tsx'
import { MatcherInput } from '#renderer/ui/matcher/MatcherInput.tsx'
import { completeMatchers } from '#renderer/ui/matcher/matcher-syntax.ts'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type AlertSearch, defaultStates, isFiltered, noFilter } from './alert-search.ts'
import { SeverityChips, StateChips } from './FilterChips.tsx'
import type { FilterProblem } from './filter-problem.ts'
import { GroupPicker } from './GroupPicker.tsx'
import { type Forbidden, inboxTotal, labelNames, labelValues, me } from './queries.ts'
import { SavedViews } from './SavedViews.tsx'
import type { AlertActions } from './use-alert-actions.ts'
import type { InboxHandle } from './use-inbox.ts'

export type FilterBarProps = {
  readonly search: AlertSearch
  readonly put: (change: AlertSearch) => void
  readonly apply: (saved: Readonly<Record<string, unknown>>) => void
  readonly matchers: string
  readonly onMatchers: (text: string) => void
  readonly text: string
  readonly onText: (text: string) => void
  readonly problem: FilterProblem | null
  readonly environment: string | null
  readonly inbox: InboxHandle
  readonly actions: AlertActions
  readonly forbidden: Forbidden
  readonly onFold: (all: boolean) => void
  readonly onExport: (format: 'csv' | 'json') => void
  readonly onSaveView: () => void
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
function Count({ inbox, search, environment }: FilterBarProps) {
  const { data: all } = useQuery(
    inboxTotal({
      states: [...(search.states ?? defaultStates)],
      environments: environment === null ? [] : [environment],
    }),
  )
  const total = inbox.held?.answer.total
  if (total === undefined) return null
  const text =
    all === undefined || all === total ? plural(total, 'alert') : `${formatNumber(total, 0)} of ${plural(all, 'alert')}`
  return (
    <span role="status" className="text-secondary whitespace-nowrap text-muted">
      {text}
    </span>
  )
}

function Narrowing({ search, put, inbox }: FilterBarProps) {
  const { data: person } = useQuery(me)
  const answer = inbox.held?.answer
  const mine = person !== undefined && search.assignee === person.name
  return (
    <>
      <StateChips
        chosen={search.states ?? defaultStates}
        counts={answer?.byState}
        onChoose={(states) => put({ states })}
      />
      <SeverityChips
        chosen={search.severities ?? []}
        counts={answer?.bySeverity}
        onChoose={(severities) => put({ severities })}
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
  const { search, put, apply, actions, forbidden, onFold, onExport, onSaveView } = props
  return (
    <div data-region="Filter" className="flex flex-col gap-1.5 border-b border-line p-2">
      <div className="flex items-center gap-2">
        <Inputs {...props} />
        <GroupPicker groupBy={search.groupBy ?? []} onGroup={(groupBy) => put({ groupBy })} onFold={onFold} />
        <SavedViews onApply={apply} onSave={onSaveView} forbidden={forbidden} />
        <Menu
          label="Export"
          align="end"
          trigger={<IconButton icon={Download} label="Export" />}
          items={[
            { id: 'csv', label: 'CSV', run: () => onExport('csv') },
            { id: 'json', label: 'JSON', run: () => onExport('json') },
          ]}
        />
        <IconButton
          icon={RotateCw}
          label="Ask all sources now"
          shortcut="r"
          disabled={actions.refreshing}
          forbidden={forbidden('alerts.refresh')}
          onClick={() => actions.refresh()}
        />
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Narrowing {...props} />
        <span className="flex-1" />
        <Count {...props} />
      </div>
    </div>
  )
}
