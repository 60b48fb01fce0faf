import { CircleCheck, CircleDashed, CircleHelp, CircleX, Clock, type LucideIcon, Undo2 } from 'lucide-react'
import type { ApprovalState } from '#preload/security/approvals.ts'

const marks: Readonly<
  Record<ApprovalState, { readonly icon: LucideIcon; readonly color: string; readonly word: string }>
> = {
  waiting: { icon: Clock, color: 'text-warning', word: 'waiting' },
  approved: { icon: CircleCheck, color: 'text-accent', word: 'approved' },
  performing: { icon: CircleHelp, color: 'text-high', word: 'outcome unknown' },
  failed: { icon: CircleX, color: 'text-high', word: 'failed' },
  performed: { icon: CircleCheck, color: 'text-ok', word: 'carried out' },
  rejected: { icon: CircleX, color: 'text-high', word: 'rejected' },
  withdrawn: { icon: Undo2, color: 'text-muted', word: 'withdrawn' },
  expired: { icon: CircleDashed, color: 'text-muted', word: 'lapsed' },
}

export const approvalWord = (state: ApprovalState): string => marks[state].word

export function ApprovalMark({ state }: { readonly state: ApprovalState }) {
  const { icon: Icon, color, word } = marks[state]
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {word}
    </span>
  )
}
