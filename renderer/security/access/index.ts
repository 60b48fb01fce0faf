export { useIdentity, useVerdicts } from './queries.ts'
export { VaultDialog } from './VaultDialog.tsx'
export { useVaultStatusItem, VaultMark } from './VaultMark.tsx'
export { askForVault } from './vault-request.ts'
