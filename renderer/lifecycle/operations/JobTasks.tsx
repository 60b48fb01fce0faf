import { useState } from 'react'
import type { JobDetail, JobTask } from '#preload/lifecycle/operations.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { useJobChange } from './queries.ts'

type TaskProps = { readonly id: string; readonly task: JobTask; readonly forbidden: string | undefined }

/** A question of a job to a person; each choice answers it. */
function Task({ id, task, forbidden }: TaskProps) {
  const { key, title, text, choices, until } = task
  const [comment, setComment] = useState('')
  const answer = useJobChange((choice: string) => api.operations.answerJob({ id, key, choice, comment }))
  return (
    <section aria-label={title} className="flex flex-col gap-2 rounded border border-accent p-3">
      <SafeText text={title} className="font-semibold" />
      {text === '' ? null : <SafeText text={text} />}
      {until === null ? null : (
        <p className="text-muted">
          Goes on without an answer <RelativeTime at={until} />.
        </p>
      )}
      <Field label="Comment">
        <TextArea rows={2} maxLength={4_000} value={comment} onChange={(event) => setComment(event.target.value)} />
      </Field>
      {answer.error === null ? null : <ErrorPanel title="Your answer was not taken." error={answer.error} />}
      <div className="flex flex-wrap gap-2">
        {choices.map(({ value, label }) => (
          <Button key={value} forbidden={forbidden} busy={answer.isPending} onClick={() => answer.mutate(value)}>
            <SafeText text={label} oneLine className="max-w-60" />
          </Button>
        ))}
      </div>
    </section>
  )
}

type JobTasksProps = { readonly job: JobDetail; readonly forbidden: string | undefined }

export function JobTasks({ job, forbidden }: JobTasksProps) {
  if (job.tasks.length === 0) return null
  return (
    <div className="flex flex-col gap-2 border-b border-line p-3">
      {job.tasks.map((task) => (
        <Task key={task.key} id={job.id} task={task} forbidden={forbidden} />
      ))}
    </div>
  )
}
