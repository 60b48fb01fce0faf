import { useQuery } from '@tanstack/react-query'
import type { AuditEntry } from '#preload/security/audit.ts'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { formatDuration, plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { OutcomeMark } from './columns.tsx'
import { sessionEntries } from './session.ts'

type StepProps = {
  readonly entry: AuditEntry
  /** The entry before it; undefined for the first. */
  readonly before: AuditEntry | undefined
  readonly current: boolean
  readonly onShow: () => void
}

function Step({ entry, before, current, onShow }: StepProps) {
  const { at, operation, targets, outcome, sequence } = entry
  const pause = before === undefined ? null : (Date.parse(at) - Date.parse(before.at)) / 1000
  return (
    <tr className={current ? 'h-7 border-t border-line bg-selected' : 'h-7 border-t border-line'}>
      <td className="px-2 whitespace-nowrap">
        <Timestamp at={at} />
      </td>
      <td className="px-2 text-right whitespace-nowrap text-muted">
        {pause === null ? '' : `+${formatDuration(pause)}`}
      </td>
      <td className="px-2">
        <button type="button" onClick={onShow} className="min-h-6 text-left text-accent hover:underline">
          <SafeText text={operation} mono />
          <span className="sr-only">, entry {sequence}</span>
        </button>
      </td>
      <td className="max-w-60 px-2">
        <SafeText text={targets.join(', ')} mono oneLine />
      </td>
      <td className="px-2">
        <OutcomeMark outcome={outcome} />
      </td>
    </tr>
  )
}

function Steps({ entries, open, onShow }: { readonly entries: readonly AuditEntry[] } & Omit<Shown, 'entry'>) {
  return (
    <table className="w-full border-collapse text-left">
      <thead className="text-secondary text-muted">
        <tr>
          {['Time', 'After', 'Operation', 'Targets', 'Outcome'].map((title) => (
            <th key={title} scope="col" className="h-7 px-2 font-medium">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry, at) => (
          <Step
            key={entry.sequence}
            entry={entry}
            before={entries[at - 1]}
            current={entry.sequence === open}
            onShow={() => onShow(entry.sequence)}
          />
        ))}
      </tbody>
    </table>
  )
}

type Shown = { readonly open: number; readonly onShow: (sequence: number) => void }

type SessionReplayProps = {
  readonly entry: AuditEntry
  readonly onClose: () => void
  readonly onShow: (sequence: number) => void
}

/** Everything that one session did, in order. */
export function SessionReplay({ entry, onClose, onShow }: SessionReplayProps) {
  const query = useQuery(sessionEntries(entry))
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title="What this session did"
      description={
        <>
          Session <SafeText text={entry.session ?? ''} mono />, oldest first, within a day of entry {entry.sequence}.
        </>
      }
    >
      <QueryView
        query={query}
        failure="What the session did could not be read."
        ready={({ entries, read, complete }) => (
          <>
            <Steps entries={entries} open={entry.sequence} onShow={onShow} />
            <p className="pt-2 text-secondary text-muted">
              {plural(entries.length, 'entry', 'entries')} of this session among {plural(read, 'entry', 'entries')} of
              the person.
              {complete ? '' : ' There are more that were not read.'} Sessions are sealed, so they are found by opening
              each entry.
            </p>
          </>
        )}
      />
    </Dialog>
  )
}
