import { createContext, useContext } from 'react'
import type { SourceState } from '#preload/observability/alerts.ts'

/** Sources whose last word is old: what they said stays, marked. */
export const staleOf = (sources: readonly SourceState[]): readonly SourceState[] =>
  sources.filter(({ status, error }) => status === 'stale' || (status === 'paused' && error !== null))

const StaleContext = createContext<ReadonlySet<string>>(new Set())

export const StaleSourcesProvider = StaleContext.Provider

export const useIsStale = (): ((sourceId: string) => boolean) => {
  const stale = useContext(StaleContext)
  return (sourceId) => stale.has(sourceId)
}
