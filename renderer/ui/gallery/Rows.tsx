import { useCallback, useMemo, useRef, useState } from 'react'
import { LabelChip } from '../Badge.tsx'
import { Button } from '../Button.tsx'
import { EmptyState } from '../EmptyState.tsx'
import { saveText, toCsv } from '../export.ts'
import { formatNumber } from '../format.ts'
import { type Column, exportColumns, type Sort, sortRows } from '../grid/column.ts'
import { DataGrid } from '../grid/DataGrid.tsx'
import { groupedRowsOf, rowsOf } from '../grid/rows.ts'
import { nothingSelected, type Selection, selectedCount } from '../grid/selection.ts'
import { SegmentedControl } from '../SegmentedControl.tsx'
import { SeverityMark } from '../SeverityMark.tsx'
import { SplitPane } from '../SplitPane.tsx'
import { StateMark } from '../StateMark.tsx'
import { type Severity, severityRank } from '../severity.ts'
import { RelativeTime } from '../Time.tsx'

type Row = {
  readonly id: string
  readonly severity: Severity
  readonly state: 'firing' | 'pending' | 'acknowledged' | 'silenced'
  readonly name: string
  readonly namespace: string
  readonly startsAt: number
  readonly value: number
}

const severities = ['critical', 'high', 'warning', 'info'] as const
const states = ['firing', 'acknowledged', 'silenced', 'pending'] as const
const names = [
  'HighRequestLatency',
  'KubePodCrashLooping',
  'NodeFilesystemAlmostOutOfSpace',
  'TargetDown',
  'CertificateExpires',
]
const namespaces = ['payments', 'search', 'checkout', 'edge', 'identity', 'kube-system']
const at = <T,>(list: readonly T[], index: number, fallback: T): T => list[index % list.length] ?? fallback

const made = (index: number): Row => ({
  id: String(index),
  severity: at(severities, index * 7 + Math.floor(index / 5), 'info'),
  state: at(states, index * 3 + Math.floor(index / 9), 'firing'),
  name: at(names, index * 11, ''),
  namespace: at(namespaces, index * 5 + Math.floor(index / 7), ''),
  startsAt: Date.now() - ((index * 7919) % 900_000) * 1000,
  value: ((index * 104_729) % 10_000) / 100,
})

const columns: readonly Column<Row>[] = [
  {
    id: 'severity',
    header: 'Severity',
    width: 96,
    fixed: true,
    sortable: true,
    cell: (row) => <SeverityMark severity={row.severity} />,
    sortValue: (row) => severityRank(row.severity),
    exportValue: (row) => row.severity,
  },
  {
    id: 'state',
    header: 'State',
    width: 140,
    sortable: true,
    cell: (row) => <StateMark state={row.state} />,
    sortValue: (row) => row.state,
    exportValue: (row) => row.state,
  },
  {
    id: 'name',
    header: 'Alert',
    width: 220,
    grow: 1,
    sortable: true,
    cell: (row) => <span className="font-medium">{row.name}</span>,
    sortValue: (row) => row.name,
    exportValue: (row) => row.name,
  },
  {
    id: 'labels',
    header: 'Labels',
    width: 320,
    cell: (row) => (
      <span className="flex gap-1">
        <LabelChip name="namespace" value={row.namespace} tabIndex={-1} />
        <LabelChip name="pod" value={`${row.namespace}-${row.id}`} tabIndex={-1} />
      </span>
    ),
  },
  {
    id: 'value',
    header: 'Value',
    width: 80,
    align: 'end',
    sortable: true,
    cell: (row) => formatNumber(row.value),
    sortValue: (row) => row.value,
    exportValue: (row) => row.value,
  },
  {
    id: 'since',
    header: 'Since',
    width: 96,
    align: 'end',
    sortable: true,
    cell: (row) => <RelativeTime at={row.startsAt} className="text-muted" />,
    sortValue: (row) => -row.startsAt,
  },
  { id: 'id', header: 'Id', width: 80, hidden: true, mono: true, cell: (row) => row.id, exportValue: (row) => row.id },
]

/** 100,000 rows of which a window of 200 is fetched late, as from a server. */
function useWindowed() {
  const [, redraw] = useState(0)
  const held = useRef(new Map<number, Row>())
  const rowAt = (index: number) => held.current.get(index)
  const onRange = useCallback((first: number, last: number) => {
    setTimeout(() => {
      for (let index = Math.max(0, first - 50); index < last + 50; index += 1) held.current.set(index, made(index))
      redraw((version) => version + 1)
    }, 250)
  }, [])
  return { count: 100_000, rowAt, onRange }
}

export function Rows() {
  const [view, setView] = useState<'list' | 'groups' | 'windowed' | 'empty'>('list')
  const [sort, setSort] = useState<Sort | null>(null)
  const [selection, setSelection] = useState<Selection>(nothingSelected)
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [open, setOpen] = useState<Row | null>(null)
  const all = useMemo(() => Array.from({ length: 10_000 }, (_, index) => made(index)), [])
  const sorted = useMemo(() => sortRows(all, columns, sort), [all, sort])
  const windowed = useWindowed()
  const source = useMemo(() => {
    if (view === 'groups') return groupedRowsOf(sorted, (row) => row.namespace, collapsed)
    return rowsOf(view === 'empty' ? [] : sorted)
  }, [view, sorted, collapsed])
  const toggleGroup = (key: string) =>
    setCollapsed((before) => new Set(before.has(key) ? [...before].filter((other) => other !== key) : [...before, key]))
  const total = view === 'windowed' ? windowed.count : sorted.length

  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-2 border-b border-line p-2">
        <SegmentedControl
          label="Rows"
          value={view}
          onChange={setView}
          segments={[
            { value: 'list', label: '10 000' },
            { value: 'groups', label: 'Grouped' },
            { value: 'windowed', label: '100 000 windowed' },
            { value: 'empty', label: 'None' },
          ]}
        />
        <span className="text-muted">{formatNumber(selectedCount(selection, total), 0)} selected</span>
        <Button onClick={() => saveText('alerts.csv', toCsv(exportColumns(columns), sorted), 'text/csv')}>
          Export CSV
        </Button>
      </div>
      <div className="min-h-0 flex-1">
        <SplitPane
          name="gallery-rows"
          detail={open === null ? null : <p className="p-3">{open.name}</p>}
          list={
            <DataGrid
              name="gallery"
              label="Alerts"
              columns={columns}
              {...(view === 'windowed' ? windowed : source)}
              rowKey={(row) => row.id}
              sort={sort}
              onSort={setSort}
              selection={selection}
              onSelection={setSelection}
              total={total}
              openKey={open?.id ?? null}
              onOpen={setOpen}
              onBack={() => setOpen(null)}
              onToggleGroup={toggleGroup}
              empty={<EmptyState voice="no-match" onClear={() => setView('list')} />}
            />
          }
        />
      </div>
    </div>
  )
}
