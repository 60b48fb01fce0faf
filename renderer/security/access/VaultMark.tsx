import { useQuery } from '@tanstack/react-query'
import { LockKeyhole, LockKeyholeOpen, type LucideIcon, ShieldQuestion } from 'lucide-react'
import type { VaultStatus } from '#preload/security/access.ts'
import type { StatusItem } from '#renderer/app/StatusBar.tsx'
import { vaultStatus } from './queries.ts'
import { openVault } from './vault-request.ts'

type Look = { readonly icon: LucideIcon; readonly word: string; readonly title: string; readonly color: string }

const looks: Readonly<Record<VaultStatus['state'], Look>> = {
  none: {
    icon: ShieldQuestion,
    word: 'No vault yet',
    title: 'Secrets cannot be stored yet. Choose a passphrase.',
    color: '',
  },
  locked: {
    icon: LockKeyhole,
    word: 'Vault locked',
    title: 'Stored secrets cannot be used. Unlock.',
    color: 'text-warning',
  },
  unlocked: { icon: LockKeyholeOpen, word: 'Vault open', title: 'Stored secrets can be used.', color: '' },
}

/** Whether the vault is open, for the status bar. */
function VaultMark() {
  const { data } = useQuery(vaultStatus)
  if (data === undefined) return <>Vault …</>
  const { icon: Icon, word, color } = looks[data.state]
  return (
    <span className={`flex items-center gap-1 ${color}`}>
      <Icon aria-hidden size={12} strokeWidth={1.75} />
      {word}
    </span>
  )
}

/** The vault as an item of the status bar; pressing it opens the dialog. */
export function useVaultStatusItem(): StatusItem {
  const { data } = useQuery(vaultStatus)
  return { id: 'vault', content: <VaultMark />, title: data && looks[data.state].title, onPress: openVault }
}
