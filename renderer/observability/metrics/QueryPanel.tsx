import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { TimeSeriesChart } from '#renderer/ui/chart/TimeSeriesChart.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { plural } from '#renderer/ui/format.ts'
import { MatcherInput } from '#renderer/ui/matcher/MatcherInput.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { completePromql } from './completion.ts'
import { linesOf, type Stretch, seriesName } from './evaluation.ts'
import { InstantTable } from './InstantTable.tsx'
import { metricNames, metricRanges } from './queries.ts'
import { zoomTo } from './use-stretch.ts'

const seriesDrawn = 24

const examples = [
  'rate(node_network_receive_bytes_total[5m])',
  'topk(3, rate(node_disk_io_time_seconds_total[5m]))',
  'predict_linear(node_filesystem_avail_bytes[1h], 86400)',
] as const

/** Where in the text the answer says the error is; null when it is about no place. */
function placeOf(error: unknown): { readonly offset: number; readonly message: string } | null {
  const { at, message } = asAppError(error)
  const offset = Number(at)
  return at === undefined || !Number.isInteger(offset) ? null : { offset, message }
}

function Drawn({ expression, stretch }: { readonly expression: string; readonly stretch: Stretch }) {
  const { data } = useQuery(metricRanges([expression], stretch))
  const [answer] = data?.answers ?? []
  const lines = useMemo(() => {
    if (answer === undefined) return linesOf([], 0)
    return linesOf([{ ...answer, series: answer.series.slice(0, seriesDrawn), label: seriesName }], data?.from ?? 0)
  }, [answer, data])
  const range = useMemo(() => ({ from: stretch.from / 1_000, to: stretch.to / 1_000 }), [stretch.from, stretch.to])
  if (answer === undefined) return null
  if (answer.series.length === 0)
    return <p className="p-6 text-center text-muted">This expression has no values in this time range.</p>
  const hidden = answer.series.length - seriesDrawn
  return (
    <>
      <TimeSeriesChart
        title={expression}
        times={lines.times}
        series={lines.series}
        range={range}
        syncKey="metrics"
        onRange={zoomTo}
        height={320}
      />
      {hidden > 0 ? (
        <p className="pt-1 text-secondary text-muted">
          {plural(hidden, 'more series', 'more series')} not drawn; the table has all of them.
        </p>
      ) : null}
    </>
  )
}

type QueryPanelProps = {
  readonly expression: string
  readonly stretch: Stretch
  readonly onAsk: (expression: string) => void
}

/** Any PromQL over this machine's own metrics, drawn or as a table. */
export function QueryPanel({ expression, stretch, onAsk }: QueryPanelProps) {
  const [draft, setDraft] = useState(expression)
  const [view, setView] = useState<'chart' | 'table'>('chart')
  useEffect(() => setDraft(expression), [expression])
  const client = useQueryClient()
  const asked = useQuery({ ...metricRanges([expression], stretch), enabled: expression !== '' })
  const place = asked.error === null ? null : placeOf(asked.error)
  const ask = (text: string) => {
    const wanted = text.trim()
    if (wanted === expression) void asked.refetch()
    else onAsk(wanted)
  }
  useCommands([
    { id: 'metrics.run', title: 'Run the query', area: 'Metrics', shortcut: 'Mod+Enter', run: () => ask(draft) },
  ])

  return (
    <div className="flex flex-col gap-3 p-3">
      <div className="flex items-start gap-2">
        <MatcherInput
          label="PromQL over this machine’s metrics"
          value={draft}
          onChange={setDraft}
          onSubmit={ask}
          slash
          placeholder="rate(node_cpu_seconds_total[5m])"
          error={draft.trim() === expression ? place : null}
          complete={async (text, caret) => completePromql(text, caret, await client.ensureQueryData(metricNames))}
        />
        <Button icon={Play} kind="primary" shortcut="Mod+Enter" onClick={() => ask(draft)}>
          Run
        </Button>
        <SegmentedControl
          label="Result"
          segments={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
          value={view}
          onChange={setView}
        />
      </div>
      {expression === '' ? (
        <div className="flex flex-col items-start gap-1 pt-2">
          <p className="text-muted">Write PromQL and press Enter, or begin with one of these:</p>
          {examples.map((example) => (
            <button
              key={example}
              type="button"
              onClick={() => onAsk(example)}
              className="min-h-6 font-mono text-code text-accent hover:underline"
            >
              {example}
            </button>
          ))}
        </div>
      ) : null}
      {asked.error === null ? null : (
        <div className={place === null ? '' : 'pt-6'}>
          <ErrorPanel
            title="The query was not answered."
            error={asked.error}
            onRetry={() => void asked.refetch()}
            retrying={asked.isFetching}
          />
        </div>
      )}
      {expression === '' || asked.error !== null ? null : view === 'chart' ? (
        <Drawn expression={expression} stretch={stretch} />
      ) : (
        <InstantTable expression={expression} at={stretch.to} />
      )}
    </div>
  )
}
