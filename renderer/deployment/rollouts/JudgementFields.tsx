import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { type DraftFields, typed } from './draft-fields.ts'
import { prometheusConnections } from './queries.ts'
import { emptyMetric, isShare, type MetricDraft } from './rollout-draft.ts'

/** By what the new version is judged, and how often. */
export function JudgementFields(fields: DraftFields) {
  const { draft, set } = fields
  const text = typed(fields)
  const change = (at: number, metric: MetricDraft | null): void =>
    set({ metrics: draft.metrics.flatMap((each, index) => (index === at ? (metric ?? []) : each)) })
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Failed requests allowed, percent" required>
          <TextField inputMode="decimal" {...text('maxErrorPercent')} />
        </Field>
        <Field label="Requests a decision needs" required>
          <TextField inputMode="numeric" {...text('minimumRequests')} />
        </Field>
        <Field label="Seconds between two looks" required>
          <TextField inputMode="numeric" {...text('intervalSeconds')} />
        </Field>
        <Field label="Good looks at each step" required>
          <TextField inputMode="numeric" {...text('looks')} />
        </Field>
      </div>
      <Checkbox
        label="Compare its 95th percentile with the present version"
        hint="Fails when it is higher beyond chance and by more than a quarter."
        checked={draft.compareLatency}
        onChange={(compareLatency) => set({ compareLatency })}
      />
      {draft.metrics.map((metric, at) => (
        <MetricRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a metric has no name of its own
          key={at}
          number={at + 1}
          metric={metric}
          onChange={(changed) => change(at, changed)}
        />
      ))}
      <div>
        <Button size={24} icon={Plus} onClick={() => set({ metrics: [...draft.metrics, emptyMetric] })}>
          Judge by another metric
        </Button>
      </div>
    </>
  )
}

const kinds: readonly { readonly value: MetricDraft['kind']; readonly label: string }[] = [
  { value: 'prometheus', label: 'A query of a Prometheus' },
  { value: 'alerts', label: 'Alerts that fire' },
  { value: 'log-error-rate', label: 'Lines that it writes' },
  { value: 'http-probe', label: 'Requests to each instance' },
  { value: 'script', label: 'A script of the version' },
]

const whats: Readonly<Record<MetricDraft['kind'], { readonly label: string; readonly hint: string }>> = {
  prometheus: {
    label: 'Query',
    hint: 'Answers one number. {{version}}, {{service}} and {{environment}} are filled in.',
  },
  alerts: {
    label: 'Matchers',
    hint: 'Such as severity="critical". The number of alerts of this environment is judged.',
  },
  'log-error-rate': { label: 'Text in a bad line', hint: 'The share of lines that contain it is judged.' },
  'http-probe': { label: 'Path', hint: 'The share of requests that are not answered with 200 is judged.' },
  script: {
    label: 'Command',
    hint: 'A file of the version, then each argument on a line of its own. The number in its last line is judged.',
  },
}

type MetricRowProps = {
  readonly number: number
  readonly metric: MetricDraft
  /** Null removes it. */
  readonly onChange: (metric: MetricDraft | null) => void
}

function MetricRow({ number, metric, onChange }: MetricRowProps) {
  const { label, hint } = whats[metric.kind]
  const set = (change: Partial<MetricDraft>): void => onChange({ ...metric, ...change })
  const what = {
    value: metric.what,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => set({ what: target.value }),
  }
  return (
    <fieldset className="flex flex-col gap-2 rounded border border-line p-2">
      <legend className="px-1">Metric {number}</legend>
      <div className="flex items-end gap-3">
        <div className="min-w-0 flex-1">
          <Field label="Measured by" required>
            <Select options={kinds} value={metric.kind} onChange={(kind) => onChange({ ...emptyMetric, kind })} />
          </Field>
        </div>
        <div className="w-40">
          <Field label={isShare(metric) ? 'Fails above, percent' : 'Fails above'} required>
            <TextField inputMode="decimal" value={metric.max} onChange={({ target }) => set({ max: target.value })} />
          </Field>
        </div>
        <IconButton icon={X} label={`Remove metric ${number}`} onClick={() => onChange(null)} />
      </div>
      {metric.kind === 'prometheus' ? (
        <PrometheusField id={metric.connectionId} onChange={(connectionId) => set({ connectionId })} />
      ) : null}
      <Field label={label} hint={hint} required>
        {metric.kind === 'script' ? <TextArea mono rows={2} {...what} /> : <TextField mono {...what} />}
      </Field>
    </fieldset>
  )
}

function PrometheusField({ id, onChange }: { readonly id: string; readonly onChange: (id: string) => void }) {
  const connections = useQuery(prometheusConnections)
  const options = (connections.data ?? []).map(({ id: value, name }) => ({ value, label: name }))
  const none = connections.data?.length === 0
  return (
    <Field
      label="Prometheus"
      hint={none ? 'None is connected. Connect one under Connections first.' : undefined}
      required
    >
      <Select options={options} value={id} placeholder="Choose" onChange={onChange} />
    </Field>
  )
}
