import type { QueryClient } from '@tanstack/react-query'
import { meQuery } from '../queries.ts'

/**
 * What the door tells when it lets nobody through: the session is over or locked, so it is asked who one is. Where that
 * is known already, a hundred screens that are refused at once ask nothing more.
 */
export const sessionEnded = (client: QueryClient) => (): void => {
  const state = client.getQueryState(meQuery.queryKey)
  if (state?.fetchStatus === 'fetching' || (state?.data !== undefined && state.data.state !== 'signed-in')) return
  void client.invalidateQueries({ queryKey: meQuery.queryKey })
}
