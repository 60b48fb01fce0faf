import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { GatewayCertificate } from '#preload/integration/gateway.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { CertificateDialog } from './CertificateDialog.tsx'
import { ConfirmCertificateRemoval } from './ConfirmCertificateRemoval.tsx'
import { ExpiryMark } from './marks.tsx'
import { certificateList, useForbidden } from './queries.ts'

type CertificateProps = {
  readonly certificate: GatewayCertificate
  readonly onReplace: () => void
  readonly onRemove: () => void
}

function Certificate({ certificate, onReplace, onRemove }: CertificateProps) {
  const { name, hasKey, subject, names, issuer, notBefore, notAfter, fingerprint, usedBy } = certificate
  const forbidden = useForbidden()
  return (
    <Section
      title={<SafeText text={name} />}
      actions={
        <>
          <ExpiryMark certificate={certificate} />
          <Button
            size={24}
            aria-label={`Replace ${name}`}
            forbidden={forbidden('gateway.saveCertificate')}
            onClick={onReplace}
          >
            Replace
          </Button>
          <Button
            size={24}
            kind="danger"
            aria-label={`Remove ${name}`}
            forbidden={forbidden('gateway.removeCertificate')}
            onClick={onRemove}
          >
            Remove
          </Button>
        </>
      }
    >
      <KeyValueList
        items={[
          { name: 'Kind', value: hasKey ? 'Certificate, its private key in the vault' : 'Authority' },
          { name: 'Subject', value: <SafeText text={subject} /> },
          { name: 'For', value: <SafeText text={names.join(', ') || 'no host name'} /> },
          { name: 'Issued by', value: <SafeText text={issuer} /> },
          {
            name: 'Valid',
            value: (
              <>
                <Timestamp at={notBefore} /> to <Timestamp at={notAfter} />
              </>
            ),
          },
          { name: 'SHA-256', value: fingerprint, mono: true },
          { name: 'Used by', value: <SafeText text={usedBy.join(', ') || 'no file'} /> },
        ]}
      />
    </Section>
  )
}

/** The certificates that files name, and when they end. */
export function CertificatesTab() {
  const query = useQuery(certificateList)
  const [editing, setEditing] = useState<GatewayCertificate | 'new' | null>(null)
  const [removing, setRemoving] = useState<GatewayCertificate | null>(null)
  const forbidden = useForbidden()('gateway.saveCertificate')
  const add = (): void => setEditing('new')
  useCommands([
    {
      ...{ id: 'gateway.addCertificate', title: 'Add a certificate', area: 'Gateway', shortcut: 'c' },
      disabledReason: forbidden,
      run: add,
    },
  ])
  return (
    <div className="flex h-full flex-col">
      <div data-region="Certificates" className="flex items-center gap-2 border-b border-line p-2">
        <span role="status" className="flex-1 text-secondary text-muted">
          {plural(query.data?.length ?? 0, 'certificate')}
        </span>
        <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden} onClick={add}>
          Add a certificate
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-auto">
        <QueryView
          query={query}
          failure="The certificates could not be loaded."
          ready={(certificates) =>
            certificates.length === 0 ? (
              <EmptyState
                voice="unconfigured"
                title="There is no certificate yet"
                action={{ label: 'Add a certificate', run: add, forbidden }}
              >
                A listener with the protocol HTTPS names one in certificateRefs. Its private key stays in the vault.
              </EmptyState>
            ) : (
              certificates.map((each) => (
                <Certificate
                  key={each.name}
                  certificate={each}
                  onReplace={() => setEditing(each)}
                  onRemove={() => setRemoving(each)}
                />
              ))
            )
          }
        />
      </div>
      {editing === null ? null : (
        <CertificateDialog certificate={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {removing === null ? null : (
        <ConfirmCertificateRemoval certificate={removing} onClose={() => setRemoving(null)} />
      )}
    </div>
  )
}
