import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Silence } from '#preload/observability/silences.ts'
import { openSilenceEditor } from './editor-request.ts'
import { announce, type Done, expireSilences, extendSilences } from './silence-actions.ts'

/** Everything that can be done to silences. Expiring asks first: `asked` are the silences it asks about. */
export function useSilenceActions(onDone: () => void) {
  const client = useQueryClient()
  const [asked, setAsked] = useState<readonly Silence[]>([])
  const refresh = () => Promise.all(['silences', 'alerts'].map((key) => client.invalidateQueries({ queryKey: [key] })))
  const change = () => ({
    mutationFn: (work: () => Promise<Done>) => work(),
    onSuccess: (done: Done) => {
      announce(done, refresh)
      onDone()
    },
    onSettled: refresh,
  })
  const extending = useMutation(change())
  const expiring = useMutation(change())
  const open = (silences: readonly Silence[]) => silences.filter(({ state }) => state !== 'expired')
  return {
    create: () => openSilenceEditor({ kind: 'new' }),
    /** An expired silence cannot be changed, but made again. */
    edit: (silence: Silence) => openSilenceEditor({ kind: silence.state === 'expired' ? 'again' : 'edit', silence }),
    extend: (silences: readonly Silence[], seconds: number) => {
      if (open(silences).length > 0) extending.mutate(() => extendSilences(open(silences), seconds))
    },
    askToExpire: (silences: readonly Silence[]) => setAsked(open(silences)),
    asked,
    cancelExpire: () => {
      setAsked([])
      expiring.reset()
    },
    expire: () => expiring.mutate(() => expireSilences(asked), { onSuccess: () => setAsked([]) }),
    expiring: expiring.isPending,
    expireError: expiring.error,
    extendError: extending.error,
    forgetError: extending.reset,
  }
}

export type SilenceActions = ReturnType<typeof useSilenceActions>
