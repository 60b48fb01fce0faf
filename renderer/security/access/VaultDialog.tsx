import { useQuery } from '@tanstack/react-query'
import type { VaultStatus } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { useVaultChange, useVaultLive, vaultStatus } from './queries.ts'
import { CreateVault, UnlockVault } from './VaultForms.tsx'
import { openVault, settleVault, useVaultRequest } from './vault-request.ts'

const lockOperation = ['access.lockVault'] as const

const titles: Readonly<Record<VaultStatus['state'], string>> = {
  none: 'Choose a passphrase for the vault',
  locked: 'Unlock the vault',
  unlocked: 'The vault is open',
}

const descriptions: Readonly<Record<VaultStatus['state'], string>> = {
  none: 'It seals the passwords, tokens and keys of your connections. They never leave this machine in plain text.',
  locked: 'Connections whose secrets are in the vault wait until it is open.',
  unlocked: 'Secrets of connections can be used.',
}

const done = () => settleVault(true)
const turnedAway = () => settleVault(false)

function OpenVault({ status }: { readonly status: VaultStatus }) {
  const lock = useVaultChange((_: null) => api.access.lockVault({}))
  const forbidden = useVerdicts(lockOperation)
  const byPassphrase = status.by === 'passphrase'
  return (
    <div className="flex flex-col gap-3">
      <p>{byPassphrase ? 'A passphrase protects it.' : 'The keychain of this machine protects it.'}</p>
      {lock.error === null ? null : <ErrorPanel title="The vault was not locked." error={lock.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Close</Button>
        {byPassphrase ? (
          <Button
            kind="primary"
            busy={lock.isPending}
            forbidden={forbidden('access.lockVault')}
            onClick={() => lock.mutate(null, { onSuccess: turnedAway })}
          >
            Lock the vault
          </Button>
        ) : null}
      </div>
    </div>
  )
}

function Content({ status }: { readonly status: VaultStatus }) {
  if (status.state === 'unlocked') return <OpenVault status={status} />
  if (status.state === 'locked' && status.by === 'keychain')
    return (
      <p>
        The keychain of the desktop application protects this vault. {status.keychainUnavailable} Open this workspace in
        the desktop application, as the same user.
      </p>
    )
  const Form = status.state === 'none' ? CreateVault : UnlockVault
  return (
    <div className="flex flex-col gap-3">
      {status.keychainUnavailable === null || status.state !== 'none' ? null : (
        <p className="text-muted">{status.keychainUnavailable}</p>
      )}
      <Form onOpened={done} onCancel={turnedAway} />
    </div>
  )
}

/** The one vault dialog of the window; `askForVault` and `openVault` open it. Mount it once, in the shell. */
export function VaultDialog() {
  useVaultLive()
  const open = useVaultRequest((request) => request.open)
  const query = useQuery(vaultStatus)
  const state = query.data?.state
  useCommands([
    {
      id: 'vault',
      title: state === undefined || state === 'unlocked' ? 'Show the vault' : titles[state],
      area: 'Security',
      keywords: 'secrets passphrase lock unlock keychain',
      run: openVault,
    },
  ])
  return (
    <Dialog
      open={open}
      onClose={state === 'unlocked' ? done : turnedAway}
      size="small"
      title={state === undefined ? 'The vault' : titles[state]}
      description={state === undefined ? undefined : descriptions[state]}
    >
      <QueryView
        query={query}
        failure="The state of the vault could not be read."
        ready={(status) => <Content status={status} />}
      />
    </Dialog>
  )
}
