import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { expandTemplate } from './template.ts'

const templates = [
  '{{ $value }}',
  '{{ .Value }}',
  '{{$labels.host}} and {{ .Labels.host }} and [{{ $labels.missing }}]',
  '{{ $value | humanize }} {{ humanize $value }}',
  '{{ $value | humanize1024 }}B',
  '{{ $value | humanizeDuration }}',
  '{{ $value | humanizePercentage }}',
  '{{ $value | printf "%.2f" }} {{ printf "%.0f" $value }} {{ printf "%f" $value }}',
  '{{ printf "%.3g|%g|%.2e|%v" $value $value $value $value }}',
  '{{ printf "%s on %q is 100%%" $labels.host $labels.host }}',
  '{{ index $labels "host" | toUpper }} {{ title "two words" }}',
  'a {{- " trimmed " -}} b',
  '{{ "}} quoted" }} {{ `raw` }}',
  '{{/* a comment */}}done',
]

const values = [
  0, 1, -1, 0.5, 2.25, 2.35, 2.0625, 12345.678, 1e6, 1e18, 999_999, 1_000_000.5, 1.5e-5, 0.000123456, -98765.4321,
  86_399.9, 1_234_567, 1e-10,
]

it('expands what alerting rules commonly use exactly as Prometheus does (promtool test rules)', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'template-'))
  try {
    const annotations = Object.fromEntries(templates.map((template, index) => [`t${index}`, template]))
    const rule = { alert: 'A', expr: 'metric', annotations }
    await writeFile(join(directory, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] }))
    const tests = values.map((value) => ({
      interval: '1m',
      input_series: [{ series: 'metric{host="db-1"}', values: value.toFixed(20).replace(/0+$/, '0') }],
      alert_rule_test: [{ eval_time: '0m', alertname: 'A', exp_alerts: [expected(value)] }],
    }))
    await writeFile(join(directory, 'test.yml'), JSON.stringify({ rule_files: ['rules.yml'], tests }))
    const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', 'test.yml'], { cwd: directory })
    expect(stdout).toContain('SUCCESS')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

const expand = (template: string, value: number): string =>
  expandTemplate(template, { labels: { host: 'db-1' }, value })

const expected = (value: number) => ({
  exp_labels: { host: 'db-1' },
  exp_annotations: Object.fromEntries(templates.map((template, index) => [`t${index}`, expand(template, value)])),
})

it('prints values that are no number', () => {
  expect(expand('{{ $value }}|{{ $value | humanize }}', Number.NaN)).toBe('NaN|NaN')
  expect(expand('{{ $value }}|{{ $value | humanizeDuration }}', Infinity)).toBe('+Inf|+Inf')
  expect(expand('{{ $value }} {{ printf "%.1f" $value }}', 1e21)).toBe('1e+21 1000000000000000000000.0')
})

it.each([
  ['{{ if gt $value 1.0 }}high{{ end }}', 'high'],
  ['{{ query "up" | first | value }}', 'query'],
  ['{{ $labels.host | nosuch }}', 'nosuch'],
  ['{{ printf "%d" $value }}', '%d'],
  ['{{ humanize $labels.host }}', 'humanize needs a number'],
  ['{{ }}', 'nothing to print'],
  ['{{ "\\q" }}', 'q'],
])('shows what it cannot expand instead of throwing: %s', (template, visible) => {
  expect(expand(`before ${template} after`, 3)).toMatch(/^before <error expanding template .* after$/)
  expect(expand(template, 3)).toContain(visible)
})
