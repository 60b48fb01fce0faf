import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import { api } from '#renderer/rpc/client.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { formatNumber, formatTimestamp, plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { CheckLines } from './CheckLines.tsx'
import { checkConsistency } from './check.ts'
import { auditCheckpoints } from './queries.ts'
import { shortHash } from './standing.ts'

const shown = 200

function Rows({ checkpoints }: { readonly checkpoints: readonly Checkpoint[] }) {
  return (
    <div className="max-h-64 overflow-auto rounded border border-line">
      <table className="w-full border-collapse text-left">
        <thead className="sticky top-0 bg-surface-1 text-secondary text-muted">
          <tr>
            {['Entries', 'Root', 'Signed', 'Key', 'Note'].map((title) => (
              <th key={title} scope="col" className="h-7 px-2 font-medium first:text-right">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {checkpoints.slice(0, shown).map(({ size, root, at, key, note }) => (
            <tr key={`${size} ${root}`} className="h-7 border-t border-line">
              <td className="w-24 px-2 text-right">{formatNumber(size, 0)}</td>
              <td className="px-2 font-mono text-code" title={root}>
                {shortHash(root)}
              </td>
              <td className="px-2 whitespace-nowrap">
                <Timestamp at={at} />
              </td>
              <td className="max-w-64 px-2">
                <SafeText text={key} mono oneLine />
              </td>
              <td className="px-2">
                <CopyButton label={`Copy the signed note of ${size}`} text={note} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Proof({ from, to }: { readonly from: number; readonly to: number }) {
  const query = useQuery({
    queryKey: ['audit-consistency', from, to],
    queryFn: ({ signal }) => api.audit.consistency({ from, to }, { signal }),
    retry: false,
  })
  return (
    <QueryView
      query={query}
      failure="There is no proof between these two."
      skeletonRows={3}
      ready={(proof) => (
        <div className="flex flex-col gap-2">
          <CheckLines proof={proof} check={() => checkConsistency(proof)} />
          <div className="flex items-center gap-2">
            <span className="text-muted">The proof has {plural(proof.path.length, 'hash', 'hashes')}.</span>
            <CopyButton wide label="Copy the proof as JSON" text={() => JSON.stringify(proof, null, 2)} />
          </div>
        </div>
      )}
    />
  )
}

/** Chooses two checkpoints and proves that the newer one continues the older one. */
function Consistency({ checkpoints }: { readonly checkpoints: readonly Checkpoint[] }) {
  const sizes = [...new Set(checkpoints.map(({ size }) => size).filter((size) => size > 0))]
  const [older, setOlder] = useState<string>()
  const [newer, setNewer] = useState<string>()
  if (sizes.length < 2) return <p className="text-muted">It takes two checkpoints to compare; there is only one yet.</p>
  const options = checkpoints
    .filter(({ size }, at) => size > 0 && checkpoints.findIndex((other) => other.size === size) === at)
    .map(({ size, at }) => ({
      value: String(size),
      label: `${formatNumber(size, 0)} entries, ${formatTimestamp(Date.parse(at))}`,
    }))
  const from = Number(older ?? sizes.at(-1))
  const to = Number(newer ?? sizes[0])
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-2 gap-3">
        <Field label="Older checkpoint" required>
          <Select options={options} value={String(from)} onChange={setOlder} />
        </Field>
        <Field label="Newer checkpoint" required>
          <Select options={options} value={String(to)} onChange={setNewer} />
        </Field>
      </div>
      {from < to ? (
        <Proof from={from} to={to} />
      ) : (
        <p className="text-warning">The older checkpoint must have fewer entries than the newer one.</p>
      )}
    </div>
  )
}

type CheckpointsDialogProps = { readonly open: boolean; readonly onClose: () => void }

/** The signed checkpoints of the log, and that each continues the ones before. */
export function CheckpointsDialog({ open, onClose }: CheckpointsDialogProps) {
  const query = useQuery({ ...auditCheckpoints, enabled: open })
  return (
    <Dialog
      open={open}
      onClose={onClose}
      size="large"
      title="Signed checkpoints"
      description="Each one fixes the whole log up to its size: whoever keeps a copy can tell later whether anything before it was changed."
    >
      <QueryView
        query={query}
        failure="The checkpoints could not be loaded."
        empty={(checkpoints) =>
          checkpoints.length === 0 ? <p className="text-muted">Nothing has been signed yet.</p> : null
        }
        ready={(checkpoints) => (
          <div className="flex flex-col gap-2">
            <Rows checkpoints={checkpoints} />
            {checkpoints.length > shown ? (
              <p className="text-muted">
                The newest {shown} of {formatNumber(checkpoints.length, 0)} are listed.
              </p>
            ) : null}
            <div className="-mx-3">
              <Section title="Does one continue the other?">
                <Consistency checkpoints={checkpoints} />
              </Section>
            </div>
          </div>
        )}
      />
    </Dialog>
  )
}
