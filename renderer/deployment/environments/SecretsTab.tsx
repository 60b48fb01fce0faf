import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import type { EnvironmentForbidden } from './queries.ts'
import { useEnvironmentChange } from './queries.ts'
import { SecretDialog } from './SecretDialog.tsx'
import { SshKeySection } from './SshKeySection.tsx'
import { isProduction } from './usual.ts'

type SecretsTabProps = { readonly environment: Environment; readonly forbidden: EnvironmentForbidden }

/** The names of the secrets, and whether there is a key for the hosts; their values stay in the vault. */
export function SecretsTab(props: SecretsTabProps) {
  const { target, sshKey } = props.environment
  return (
    <>
      {target.kind === 'ssh' || sshKey ? <SshKeySection {...props} /> : null}
      <Variables {...props} />
    </>
  )
}

function Variables({ environment, forbidden }: SecretsTabProps) {
  const { name, secrets } = environment
  const [setting, setSetting] = useState<string | null>(null)
  const [removing, setRemoving] = useState<string | null>(null)
  const remove = useEnvironmentChange((secret: string) => api.environments.removeSecret({ name, secret }))
  const closeRemoval = () => {
    remove.reset()
    setRemoving(null)
  }
  return (
    <Section
      title="Secrets"
      count={secrets.length}
      actions={
        <Button size={24} icon={Plus} forbidden={forbidden('environments.setSecret')} onClick={() => setSetting('')}>
          Set a secret
        </Button>
      }
    >
      {secrets.length === 0 ? <p className="text-muted">Its services get no secrets.</p> : null}
      <ul aria-label="Secrets" className="flex flex-col">
        {secrets.map((secret) => (
          <li key={secret} className="flex h-9 items-center gap-2 border-b border-line last:border-b-0">
            <KeyRound aria-hidden size={13} strokeWidth={1.75} className="shrink-0 text-muted" />
            <code className="min-w-0 flex-1 truncate font-mono text-code">{secret}</code>
            <Button
              size={24}
              aria-label={`Replace ${secret}`}
              forbidden={forbidden('environments.setSecret')}
              onClick={() => setSetting(secret)}
            >
              Replace
            </Button>
            <Button
              size={24}
              kind="danger"
              aria-label={`Remove ${secret}`}
              forbidden={forbidden('environments.removeSecret')}
              onClick={() => setRemoving(secret)}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {setting === null ? null : (
        <SecretDialog environment={environment} secret={setting} onClose={() => setSetting(null)} />
      )}
      {removing === null ? null : (
        <ConfirmDialog
          open
          onClose={closeRemoval}
          onConfirm={() => remove.mutate(removing, { onSuccess: closeRemoval })}
          title="Remove this secret?"
          target={`${removing} of ${name}`}
          effect="It is deleted from the vault. What runs keeps it until it is started again. This cannot be undone."
          action="Remove secret"
          typedName={isProduction(name) ? removing : undefined}
          busy={remove.isPending}
          error={remove.error === null ? undefined : asAppError(remove.error).message}
        />
      )}
    </Section>
  )
}
