import type { JobDetail } from '#preload/lifecycle/operations.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { useJobChange } from './queries.ts'

/** An act on a job that is asked about first. */
export type Change =
  | { readonly kind: 'cancel'; readonly job: JobDetail }
  | { readonly kind: 'retry'; readonly job: JobDetail; readonly key: string }

function cancelEffect({ error, children }: JobDetail): string {
  if (error?.code === 'unsupported') return 'Its code is gone, so what it has done stays as it is.'
  const others = children.filter(({ state }) => state === 'running' || state === 'waiting').length
  const also = others === 0 ? '' : ` ${plural(others, 'job')} it began ${others === 1 ? 'is' : 'are'} cancelled first.`
  return `It stops where it is.${also} Steps that can be undone are undone, the last one first.`
}

function retryEffect({ timeline }: JobDetail, key: string): string {
  const at = timeline.findIndex((entry) => entry.key === key)
  const undone = timeline.slice(0, at).some(({ undo }) => undo !== null)
  if (undone) return 'What was undone before it is done again, too; everything recorded since then is forgotten.'
  const count = timeline.length - at
  return `${plural(count, 'entry', 'entries')} of the timeline ${count === 1 ? 'is' : 'are'} forgotten, and done again.`
}

type JobChangeProps = { readonly change: Change; readonly onClose: () => void }

/** Asks before a job is cancelled or begun again at a step, naming it and what will happen. */
export function JobChange({ change, onClose }: JobChangeProps) {
  const { kind, job } = change
  const carryOut = useJobChange(() =>
    change.kind === 'cancel'
      ? api.operations.cancelJob({ id: job.id })
      : api.operations.retryJob({ id: job.id, fromStep: change.key }),
  )
  const done = () => {
    toast(kind === 'cancel' ? `${job.title} is being cancelled.` : `${job.title} begins again.`)
    onClose()
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => carryOut.mutate(undefined, { onSuccess: done })}
      title={kind === 'cancel' ? 'Cancel this job?' : 'Retry from this step?'}
      target={<SafeText text={change.kind === 'cancel' ? job.title : `${job.title}: ${change.key}`} />}
      effect={change.kind === 'cancel' ? cancelEffect(job) : retryEffect(job, change.key)}
      action={kind === 'cancel' ? 'Cancel the job' : 'Retry from here'}
      destructive={kind === 'cancel'}
      busy={carryOut.isPending}
      error={carryOut.error?.message}
    />
  )
}
