import type { Input } from '#preload/contract/define.ts'
import type { access } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { useWalk } from '#renderer/ui/walk.ts'
import { withVault } from '../vault-request.ts'

type TestRequest = Input<(typeof access)['operations']['testProvider']>

/** One test of a provider at a time; it is cancelled when the screen goes. Nobody is signed in by it. */
export const useProviderTest = () =>
  useWalk({
    open: (request: TestRequest, signal) => api.access.testProvider(request, { signal }),
    retry: withVault,
  })
