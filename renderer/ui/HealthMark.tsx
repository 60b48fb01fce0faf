import { clsx } from 'clsx'
import { CircleCheck, CircleDashed, type LucideIcon, OctagonAlert, TriangleAlert } from 'lucide-react'
import type { HealthStatus } from '#preload/deployment/environments.ts'

type Look = { readonly icon: LucideIcon; readonly color: string }

const looks: Readonly<Record<HealthStatus, Look>> = {
  unhealthy: { icon: OctagonAlert, color: 'text-critical' },
  degraded: { icon: TriangleAlert, color: 'text-warning' },
  unknown: { icon: CircleDashed, color: 'text-muted' },
  healthy: { icon: CircleCheck, color: 'text-ok' },
}

/** Worst first, for sorting. */
export const healthRank = (status: HealthStatus): number => Object.keys(looks).indexOf(status)

type HealthMarkProps = {
  readonly status: HealthStatus
  /** Said instead of the status, where that is not the word for it. */
  readonly words?: string | undefined
}

export function HealthMark({ status, words = status }: HealthMarkProps) {
  const { icon: Icon, color } = looks[status]
  return (
    <span className={clsx('inline-flex max-w-full min-w-0 items-center gap-1.5 align-top whitespace-nowrap', color)}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">{words}</span>
    </span>
  )
}
