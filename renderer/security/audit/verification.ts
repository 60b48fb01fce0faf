import type { QueryClient } from '@tanstack/react-query'
import { create } from 'zustand'
import { asAppError } from '#preload/contract/error.ts'
import type { Integrity } from '#preload/security/audit-integrity.ts'
import { api } from '#renderer/rpc/client.ts'
import { askIntegrityAgain } from './queries.ts'

/** The verification under way, which goes on when the screen is left; or why the last one did not come to an end. */
type Verification = {
  readonly running: { readonly startedAt: number; readonly progress: Integrity | null } | null
  readonly error: unknown
}

export const useVerification = create<Verification>(() => ({ running: null, error: null }))

let request: AbortController | null = null

/** Recomputes the whole log. While one runs, asking again does nothing. */
export async function verifyLog(client: QueryClient): Promise<void> {
  if (request !== null) return
  request = new AbortController()
  const { signal } = request
  const startedAt = Date.now()
  useVerification.setState({ running: { startedAt, progress: null }, error: null })
  try {
    for await (const progress of api.audit.verify({}, { signal }))
      useVerification.setState({ running: { startedAt, progress } })
  } catch (thrown) {
    if (asAppError(thrown).code !== 'cancelled') useVerification.setState({ error: thrown })
  } finally {
    request = null
    useVerification.setState({ running: null })
    askIntegrityAgain(client)
  }
}

export const cancelVerification = (): void => request?.abort()
