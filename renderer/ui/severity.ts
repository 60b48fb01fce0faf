export const severities = ['critical', 'high', 'warning', 'info', 'ok', 'none', 'unknown'] as const
export type Severity = (typeof severities)[number]

const synonyms: ReadonlyMap<string, Severity> = new Map(
  Object.entries({
    page: 'critical',
    emergency: 'critical',
    fatal: 'critical',
    error: 'high',
    major: 'high',
    warn: 'warning',
    minor: 'warning',
    medium: 'warning',
    informational: 'info',
    information: 'info',
    notice: 'info',
    low: 'info',
    normal: 'ok',
    '': 'none',
  } satisfies Record<string, Severity>),
)

/** A source's severity word as one of ours; words nobody agreed on are `unknown`, never guessed. */
export function severityOf(word: string | null | undefined): Severity {
  const lower = (word ?? '').trim().toLowerCase()
  return severities.find((severity) => severity === lower) ?? synonyms.get(lower) ?? 'unknown'
}

/** Worst first: for sorting and for the colour of a group. */
export const severityRank = (severity: Severity): number => severities.indexOf(severity)

export const severityColor: Readonly<Record<Severity, string>> = {
  critical: 'var(--critical)',
  high: 'var(--high)',
  warning: 'var(--warning)',
  info: 'var(--accent)',
  ok: 'var(--ok)',
  none: 'var(--muted)',
  unknown: 'var(--muted)',
}
