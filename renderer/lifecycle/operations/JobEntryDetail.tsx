import { RotateCcw } from 'lucide-react'
import type { JobEntry } from '#preload/lifecycle/operations.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { formatDuration } from '#renderer/ui/format.ts'
import { type KeyValue, KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'

const kindNames: Readonly<Record<JobEntry['kind'], string>> = {
  step: 'step',
  timer: 'timer',
  signal: 'wait for a signal',
  poll: 'look for a signal',
  task: 'question to a person',
  child: 'child job',
}

/** What a job gave or was given, as text and nothing else. */
function Shown({ value }: { readonly value: JobEntry['input'] }) {
  return <SafeText text={typeof value === 'string' ? value : JSON.stringify(value, null, 2)} mono />
}

function UndoState({ undo }: { readonly undo: NonNullable<JobEntry['undo']> }) {
  const { outcome, beganAt, endedAt, error } = undo
  const seconds = endedAt === null ? null : (Date.parse(endedAt) - Date.parse(beganAt)) / 1_000
  return (
    <>
      {outcome === 'started' ? 'under way' : outcome} since <Timestamp at={beganAt} />
      {seconds === null ? null : `, took ${formatDuration(seconds)}`}
      {error === null ? null : <SafeText text={`: ${error.message}`} className="text-high" />}
    </>
  )
}

function itemsOf(entry: JobEntry): readonly KeyValue[] {
  const { kind, what, beganAt, endedAt, until, tries, input, output, error, undo } = entry
  const items: (KeyValue | null)[] = [
    { name: 'Kind', value: what === '' ? kindNames[kind] : <SafeText text={`${kindNames[kind]}: ${what}`} /> },
    { name: 'Began', value: <Timestamp at={beganAt} /> },
    { name: 'Ended', value: endedAt === null ? 'not recorded' : <Timestamp at={endedAt} /> },
    until === null ? null : { name: 'At the latest', value: <Timestamp at={until} /> },
    kind === 'step' ? { name: 'Tries', value: tries } : null,
    input === null ? null : { name: 'Input', value: <Shown value={input} /> },
    output === null ? null : { name: 'Output', value: <Shown value={output} /> },
    error === null ? null : { name: 'Error', value: <SafeText text={error.message} className="text-high" /> },
    undo === null ? null : { name: 'Undone', value: <UndoState undo={undo} /> },
  ]
  return items.filter((item) => item !== null)
}

type JobEntryDetailProps = {
  readonly entry: JobEntry
  readonly retryRefusal: string | undefined
  readonly onRetry: () => void
}

export function JobEntryDetail({ entry, retryRefusal, onRetry }: JobEntryDetailProps) {
  return (
    <div className="flex flex-col gap-2 pb-2 pl-5">
      <KeyValueList items={itemsOf(entry)} nameWidth={88} />
      <div>
        <Button size={24} icon={RotateCcw} forbidden={retryRefusal} onClick={onRetry}>
          Retry from here
        </Button>
      </div>
    </div>
  )
}
