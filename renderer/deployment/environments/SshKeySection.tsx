import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { type EnvironmentForbidden, useEnvironmentChange } from './queries.ts'
import { SshKeyDialog } from './SshKeyDialog.tsx'
import { isProduction } from './usual.ts'

type SshKeySectionProps = { readonly environment: Environment; readonly forbidden: EnvironmentForbidden }

/** Whether there is a private key for the hosts; the key itself stays in the vault. */
export function SshKeySection({ environment, forbidden }: SshKeySectionProps) {
  const { name, sshKey } = environment
  const [asking, setAsking] = useState<'set' | 'remove' | null>(null)
  const remove = useEnvironmentChange(() => api.environments.removeSshKey({ name }))
  const close = () => {
    remove.reset()
    setAsking(null)
  }
  return (
    <Section title="Private key for the hosts">
      <div className="flex h-9 items-center gap-2">
        <KeyRound aria-hidden size={13} strokeWidth={1.75} className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate">
          {sshKey ? 'Kept in the vault.' : 'None is set, so the hosts cannot be reached.'}
        </span>
        <Button size={24} forbidden={forbidden('environments.setSshKey')} onClick={() => setAsking('set')}>
          {sshKey ? 'Replace the key' : 'Set the key'}
        </Button>
        {sshKey ? (
          <Button
            size={24}
            kind="danger"
            forbidden={forbidden('environments.removeSshKey')}
            onClick={() => setAsking('remove')}
          >
            Remove the key
          </Button>
        ) : null}
      </div>
      {asking === 'set' ? <SshKeyDialog environment={environment} onClose={close} /> : null}
      {asking === 'remove' ? (
        <ConfirmDialog
          open
          onClose={close}
          onConfirm={() => remove.mutate(undefined, { onSuccess: close })}
          title="Remove this key?"
          target={`The private key for the hosts of ${name}`}
          effect="It is deleted from the vault. What runs on the hosts goes on, and nobody looks after it from here. This cannot be undone."
          action="Remove key"
          typedName={isProduction(name) ? name : undefined}
          busy={remove.isPending}
          error={remove.error === null ? undefined : asAppError(remove.error).message}
        />
      ) : null}
    </Section>
  )
}
