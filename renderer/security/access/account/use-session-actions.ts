import { api } from '#renderer/rpc/client.ts'
import { useMe, useSessionStep } from '../queries.ts'
import { useSignOut } from '../use-sign-out.ts'

/** Chromium, Firefox, Edge and the usual desktops leave this one to the page; `Mod+L` is the address bar's. */
export const lockShortcut = 'Mod+Shift+L'

const nothingUnlocks =
  'Nothing could unlock this session again: the vault has no passphrase. Lock the screen of this machine instead.'

/** What one can do to one's own session. */
export function useSessionActions() {
  const lock = useSessionStep((_: null) => api.access.lock({}))
  const signOut = useSignOut()
  const me = useMe()
  return { lock, signOut, lockForbidden: me?.proofs.length === 0 ? nothingUnlocks : undefined }
}
