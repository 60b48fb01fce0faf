import { clsx } from 'clsx'
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  LockKeyhole,
  type LucideIcon,
  PlugZap,
} from 'lucide-react'
import type { Connection } from '#preload/fleet/connections.ts'

type Status = Connection['state']['status']
type Look = { readonly icon: LucideIcon; readonly color: string; readonly word: string }

const looks: Readonly<Record<Status, Look>> = {
  unreachable: { icon: CircleAlert, color: 'text-critical', word: 'unreachable' },
  'vault-locked': { icon: LockKeyhole, color: 'text-warning', word: 'vault locked' },
  connecting: { icon: PlugZap, color: 'text-accent', word: 'connecting' },
  connected: { icon: CircleCheck, color: 'text-ok', word: 'connected' },
  unknown: { icon: CircleDashed, color: 'text-muted', word: 'not checked' },
  disabled: { icon: CirclePause, color: 'text-muted', word: 'disabled' },
}

/** Worst first, for sorting. */
export const statusRank = (status: Status): number => Object.keys(looks).indexOf(status)

export const statusWord = (status: Status): string => looks[status].word

export function StatusMark({ status }: { readonly status: Status }) {
  const { icon: Icon, color, word } = looks[status]
  return (
    <span className={clsx('inline-flex max-w-full min-w-0 items-center gap-1.5 align-top whitespace-nowrap', color)}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">{word}</span>
    </span>
  )
}
