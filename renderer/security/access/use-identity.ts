import { useNavigate } from '@tanstack/react-router'
import { Lock, LogOut, UserCog } from 'lucide-react'
import type { Identity } from '#renderer/app/TopBar.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { toast } from '#renderer/ui/toasts.ts'
import { askToBreakGlass } from './account/break-glass.ts'
import { lockShortcut, useSessionActions } from './account/use-session-actions.ts'
import { useForbidden, useMe } from './queries.ts'
import { rolesText } from './roles.ts'
import { sentenceOf } from './sentence.ts'

const notDone = (error: unknown) => toast(sentenceOf(error) ?? 'Nothing was changed.', { tone: 'failed' })

/** Who is using the application, for the top bar, with what they can do to their own session as menu and commands. */
export function useIdentity(): Identity {
  const me = useMe()
  const navigate = useNavigate()
  const forbidden = useForbidden()
  const { lock, signOut, lockForbidden } = useSessionActions()
  const openAccount = () => void navigate({ to: '/account' })
  const lockNow = () => lock.mutate(null, { onError: notDone })
  const signOutNow = () => signOut.mutate(null, { onError: notDone })
  const canSignOut = me?.signInRequired === true
  useCommands([
    {
      id: 'account',
      title: 'Your account',
      area: 'Security',
      keywords: 'roles factors sessions devices',
      run: openAccount,
    },
    {
      id: 'lock',
      title: 'Lock now',
      area: 'Security',
      shortcut: lockShortcut,
      disabledReason: lockForbidden,
      run: lockNow,
    },
    { id: 'sign-out', title: 'Sign out', area: 'Security', when: () => canSignOut, run: signOutNow },
    {
      id: 'break-glass',
      title: 'Break the glass: be an administrator in an emergency',
      area: 'Security',
      keywords: 'admin elevate emergency',
      disabledReason: forbidden('access.breakGlass'),
      run: askToBreakGlass,
    },
  ])
  if (me === undefined) return { name: '…', role: 'not known yet' }
  return {
    name: me.name,
    role: `${rolesText(me.roles)}, ${me.via}`,
    elevated: me.elevatedUntil !== null,
    items: [
      { id: 'account', label: 'Your account', icon: UserCog, run: openAccount },
      { id: 'lock', label: 'Lock', icon: Lock, shortcut: lockShortcut, forbidden: lockForbidden, run: lockNow },
      ...(canSignOut ? [{ id: 'sign-out', label: 'Sign out', icon: LogOut, run: signOutNow }] : []),
    ],
  }
}
