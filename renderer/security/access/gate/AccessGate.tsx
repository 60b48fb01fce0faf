import { useQuery } from '@tanstack/react-query'
import { Activity, type ReactNode, useEffect, useRef } from 'react'
import type { Me } from '#preload/security/access.ts'
import { BridgeBanner } from '#renderer/app/BridgeBanner.tsx'
import { useBridge } from '#renderer/rpc/connection.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { RecoveryCodesDialog } from '../account/RecoveryCodesDialog.tsx'
import { StepUpDialog } from '../proof/StepUpDialog.tsx'
import { meQuery } from '../queries.ts'
import { LockScreen } from './LockScreen.tsx'
import { SecondFactorScreen } from './SecondFactorScreen.tsx'
import { SignInScreen } from './SignInScreen.tsx'
import {
  useActivitySigns,
  useAskedAfterReconnect,
  useFreshAfterRoleChange,
  useSessionClock,
  useSessionLive,
} from './use-session-live.ts'

/** Before it is known who asks. Quiet at first: it mostly takes a moment. */
function Opening() {
  const query = useQuery(meQuery)
  const connected = useBridge(({ status }) => status === 'connected')
  if (query.error === null || !connected)
    return (
      <main aria-busy="true" className="h-full bg-surface-0">
        <BridgeBanner />
      </main>
    )
  return (
    <main className="h-full bg-surface-0 p-6">
      <ErrorPanel
        title="It could not be found out who you are."
        error={query.error}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    </main>
  )
}

/**
 * Whose page this is. What it showed to one person it must not show to another: when who is behind it changes, it is
 * loaded anew, which forgets everything at once. The address stays.
 *
 * @returns whether this is still the page of who is asked about.
 */
function useOwnPage(me: Me | undefined): boolean {
  const owner = useRef<string | null>(null)
  const id = me?.id ?? null
  const isOwn = owner.current === null || owner.current === id
  useEffect(() => {
    if (!isOwn) window.location.reload()
    else owner.current = id
  }, [id, isOwn])
  return isOwn
}

/** Where the focus was in the application before it was locked, to give it back. */
function useFocusMemory(open: boolean): () => void {
  const last = useRef<HTMLElement | null>(null)
  useEffect(() => {
    if (!open) return
    const remember = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement) last.current = target
    }
    document.addEventListener('focusin', remember)
    return () => document.removeEventListener('focusin', remember)
  }, [open])
  // After the application is shown again: what is hidden takes no focus.
  return () =>
    requestAnimationFrame(() => {
      const target = last.current?.isConnected === true ? last.current : document.getElementById('main')
      target?.focus()
    })
}

function Screen({ me, onUnlocked }: { readonly me: Me; readonly onUnlocked: () => void }) {
  if (me.state === 'signed-out') return <SignInScreen />
  if (me.state === 'second-factor') return <SecondFactorScreen me={me} />
  return me.state === 'locked' ? <LockScreen me={me} onUnlocked={onUnlocked} /> : null
}

/**
 * Lets in whoever is signed in. A locked application stays mounted, so that nothing that was typed is lost, but React
 * hides it and stops its effects: it shows nothing, takes no keys and asks for nothing until it is unlocked.
 */
export function AccessGate({ children }: { readonly children: ReactNode }) {
  useSessionLive()
  useAskedAfterReconnect()
  const { data: me } = useQuery(meQuery)
  useSessionClock(me)
  useFreshAfterRoleChange(me)
  const own = useOwnPage(me)
  const signedIn = me?.state === 'signed-in'
  useActivitySigns(signedIn && me.locksAt !== null)
  const restoreFocus = useFocusMemory(signedIn)
  const opened = useRef<string | null>(null)
  if (me !== undefined && own && signedIn) opened.current = me.id
  if (me?.state === 'signed-out' || me?.state === 'second-factor') opened.current = null
  if (me === undefined || !own) return <Opening />
  const mounted = opened.current !== null && opened.current === me.id
  return (
    <>
      <Screen me={me} onUnlocked={restoreFocus} />
      {mounted ? <Activity mode={signedIn ? 'visible' : 'hidden'}>{children}</Activity> : null}
      {me.state === 'locked' ? null : (
        <>
          <StepUpDialog />
          <RecoveryCodesDialog />
        </>
      )}
    </>
  )
}
