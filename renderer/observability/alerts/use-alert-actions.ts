import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import type { Act } from './ActionDialog.tsx'
import { announce, unacknowledge } from './alert-actions.ts'
import { useSilenceAlerts } from './silence-port.ts'
import { alertsToSilence, type Target } from './target.ts'

/** Everything that can be done to alerts. What needs an answer first opens a dialog; failures of the rest are `error`. */
export function useAlertActions() {
  const client = useQueryClient()
  const silence = useSilenceAlerts()
  const [act, setAct] = useState<Act | null>(null)
  const direct = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  })
  const ask = (kind: Act['kind']) => (target: Target) => setAct({ kind, target })
  return {
    act,
    closeAct: () => setAct(null),
    /** Work of the screen that needs no dialog; it fails into `error`. */
    run: (work: () => Promise<unknown>) => direct.mutate(work),
    error: direct.error,
    forgetError: direct.reset,
    acknowledge: ask('acknowledge'),
    assign: ask('assign'),
    note: ask('note'),
    unacknowledge: (target: Target) => direct.mutate(async () => announce(await unacknowledge(target))),
    silence: (target: Target) => direct.mutate(async () => silence?.(await alertsToSilence(target))),
    refresh: (source?: string) =>
      direct.mutate(async () => {
        requireApplication()
        await api.alerts.refresh(source === undefined ? {} : { source })
      }),
    refreshing: direct.isPending,
  }
}

export type AlertActions = ReturnType<typeof useAlertActions>
