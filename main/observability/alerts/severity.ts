import type { Severity } from '#preload/observability/alerts.ts'

type Labels = Readonly<Record<string, string>>

/** The words teams use, mapped to the product's scale. Unknown words stay `none`: nothing is guessed. */
const words: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  crit: 'critical',
  fatal: 'critical',
  emergency: 'critical',
  disaster: 'critical',
  page: 'critical',
  p1: 'critical',
  sev1: 'critical',
  error: 'high',
  high: 'high',
  major: 'high',
  p2: 'high',
  sev2: 'high',
  warning: 'warning',
  warn: 'warning',
  average: 'warning',
  minor: 'warning',
  p3: 'warning',
  sev3: 'warning',
  ticket: 'warning',
  info: 'info',
  information: 'info',
  informational: 'info',
  low: 'info',
  notice: 'info',
  p4: 'info',
  p5: 'info',
}

/** Severity from the labels `severity`, `priority` or `level`, in that order. */
export function severityOf(labels: Labels): Severity {
  const word = labels.severity ?? labels.priority ?? labels.level ?? ''
  return words[word.trim().toLowerCase()] ?? 'none'
}
