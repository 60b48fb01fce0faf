export { useIdentity } from './queries.ts'
export { VaultDialog } from './VaultDialog.tsx'
export { useVaultStatusItem } from './VaultMark.tsx'
export { askForVault } from './vault-request.ts'
