import type { Input } from '#preload/contract/define.ts'
import type { connections } from '#preload/fleet/connections.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { useWalk } from '#renderer/ui/walk.ts'

type TestRequest = Input<(typeof connections)['operations']['test']>

/** One test at a time; it is cancelled when the screen goes. */
export const useConnectionTest = () =>
  useWalk({
    open: (request: TestRequest, signal) => api.connections.test(request, { signal }),
    retry: useVaultRetry(),
  })

export type ConnectionTestHandle = ReturnType<typeof useConnectionTest>
