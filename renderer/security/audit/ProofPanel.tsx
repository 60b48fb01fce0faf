import { useQuery } from '@tanstack/react-query'
import type { AuditEntry } from '#preload/security/audit.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { CheckLines } from './CheckLines.tsx'
import { checkInclusion } from './check.ts'
import { auditProof } from './queries.ts'

/** The proof that an entry is in the log, and what this window makes of it. */
export function ProofPanel({ entry }: { readonly entry: AuditEntry }) {
  const query = useQuery(auditProof(entry.sequence))
  return (
    <QueryView
      query={query}
      failure="There is no proof for this entry yet."
      skeletonRows={4}
      ready={(proof) => (
        <div className="flex flex-col gap-2">
          <CheckLines proof={[proof, entry]} check={() => checkInclusion(proof, entry)} />
          <KeyValueList
            items={[
              { name: 'Leads to', value: `checkpoint ${formatNumber(proof.checkpoint.size, 0)}` },
              { name: 'Signed', value: <Timestamp at={proof.checkpoint.at} /> },
              { name: 'By', value: <SafeText text={proof.checkpoint.key} mono /> },
              { name: 'Root', value: <span className="break-all">{proof.checkpoint.root}</span>, mono: true },
              { name: 'Path', value: plural(proof.path.length, 'hash', 'hashes') },
            ]}
          />
          <div>
            <CopyButton wide label="Copy the proof as JSON" text={() => JSON.stringify(proof, null, 2)} />
          </div>
        </div>
      )}
    />
  )
}
