import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChartLine, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { EmbeddedRule } from '#preload/observability/metrics.ts'
import { useScope } from '#renderer/app/scope.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { formatDuration } from '#renderer/ui/format.ts'
import { type Column, type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { severityOf, severityRank } from '#renderer/ui/severity.ts'
import { embeddedRules } from './queries.ts'
import { RuleState, ruleStateRank } from './RuleState.tsx'

const columns: readonly Column<EmbeddedRule>[] = [
  {
    id: 'state',
    header: 'State',
    width: 104,
    fixed: true,
    sortable: true,
    cell: ({ state }) => <RuleState state={state} />,
    sortValue: ({ state }) => ruleStateRank(state),
  },
  {
    id: 'name',
    header: 'Rule',
    width: 230,
    fixed: true,
    sortable: true,
    cell: ({ name }) => <span className="font-medium">{name}</span>,
    sortValue: ({ name }) => name,
  },
  {
    id: 'severity',
    header: 'Severity',
    width: 96,
    sortable: true,
    cell: ({ severity }) => <SeverityMark severity={severityOf(severity)} word={severity} />,
    sortValue: ({ severity }) => severityRank(severityOf(severity)),
  },
  {
    id: 'group',
    header: 'Group',
    width: 120,
    sortable: true,
    cell: ({ group }) => group,
    sortValue: ({ group }) => group,
  },
  {
    id: 'for',
    header: 'For',
    width: 72,
    align: 'end',
    sortable: true,
    cell: ({ forSeconds }) => (forSeconds === 0 ? '–' : formatDuration(forSeconds)),
    sortValue: ({ forSeconds }) => forSeconds,
  },
  {
    id: 'active',
    header: 'Active',
    width: 64,
    align: 'end',
    sortable: true,
    cell: ({ active }) => active,
    sortValue: ({ active }) => active,
  },
  {
    id: 'expression',
    header: 'Expression',
    width: 260,
    grow: 2,
    mono: true,
    cell: ({ expression }) => <SafeText text={expression.replace(/\s+/g, ' ')} mono oneLine />,
  },
  {
    id: 'error',
    header: 'Error',
    width: 160,
    grow: 1,
    cell: ({ error }) => (error === null ? null : <SafeText text={error} oneLine className="text-critical" />),
  },
]

type RuleDetailProps = {
  readonly rule: EmbeddedRule
  readonly onAsk: (text: string) => void
  readonly onClose: () => void
}

function RuleDetail({ rule, onAsk, onClose }: RuleDetailProps) {
  return (
    <div className="flex flex-col gap-2 p-3">
      <div className="flex items-center gap-2">
        <h2 className="min-w-0 flex-1 truncate text-title font-semibold">{rule.name}</h2>
        <RuleState state={rule.state} />
        <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
      </div>
      <SafeText text={rule.summary} className="text-muted" />
      {rule.error === null ? null : (
        <p role="alert" className="rounded border border-critical/50 bg-critical/5 p-2">
          <span className="font-medium">It could not be evaluated.</span> <SafeText text={rule.error} />
        </p>
      )}
      <pre className="overflow-auto rounded border border-line bg-surface-0 p-2 font-mono text-code whitespace-pre-wrap">
        {rule.expression.trim()}
      </pre>
      <KeyValueList
        items={[
          { name: 'Severity', value: <SeverityMark severity={severityOf(rule.severity)} word={rule.severity} /> },
          { name: 'Fires after', value: rule.forSeconds === 0 ? 'at once' : formatDuration(rule.forSeconds) },
          { name: 'Active alerts', value: String(rule.active) },
          { name: 'Group', value: rule.group },
        ]}
      />
      <div className="flex items-center gap-3">
        <Button icon={ChartLine} onClick={() => onAsk(rule.expression.trim().replace(/\s+/g, ' '))}>
          Draw the expression
        </Button>
        <Link
          to="/alerts"
          search={{ matchers: `alertname="${rule.name}"` } as never}
          className="min-h-6 text-accent hover:underline"
        >
          Its alerts
        </Link>
      </div>
    </div>
  )
}

type RulesPanelProps = {
  readonly opened: string | undefined
  readonly onOpen: (rule: string | undefined) => void
  readonly onAsk: (expression: string) => void
}

/** The rules that come with the application, evaluated over this machine's metrics. */
export function RulesPanel({ opened, onOpen, onAsk }: RulesPanelProps) {
  const paused = useScope((scope) => scope.pausedAt !== null)
  const query = useQuery(embeddedRules(paused))
  const [sort, setSort] = useState<Sort | null>({ column: 'state', descending: false })
  const rows = useMemo(() => sortRows(query.data ?? [], columns, sort), [query.data, sort])
  const rule = rows.find(({ name }) => name === opened)
  const close = () => onOpen(undefined)
  useCommands([
    {
      id: 'rule.close',
      title: 'Close the rule',
      area: 'Metrics',
      shortcut: 'Esc',
      when: () => rule !== undefined,
      run: close,
    },
  ])
  return (
    <QueryView
      query={query}
      failure="The built-in rules could not be read."
      ready={() => (
        <SplitPane
          name="rules"
          detailLabel="Rule"
          initial={420}
          detail={rule === undefined ? null : <RuleDetail rule={rule} onAsk={onAsk} onClose={close} />}
          list={
            <DataGrid
              name="rules"
              label="Built-in rules"
              columns={columns}
              {...rowsOf(rows)}
              rowKey={({ name }) => name}
              sort={sort}
              onSort={setSort}
              openKey={opened ?? null}
              onOpen={({ name }) => onOpen(name)}
              onBack={close}
            />
          }
        />
      )}
    />
  )
}
