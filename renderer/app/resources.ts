import type { LucideIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { create } from 'zustand'

export type ResourceHit = {
  readonly id: string
  readonly title: string
  readonly detail?: string | undefined
  readonly icon?: LucideIcon | undefined
  readonly open: () => void
}

/** Something the palette can search: alerts, connections, hosts … */
export type ResourceProvider = {
  readonly id: string
  /** The heading over its hits: `Alerts`. */
  readonly title: string
  readonly search: (text: string, signal: AbortSignal) => Promise<readonly ResourceHit[]>
}

type ResourceStore = { readonly providers: readonly ResourceProvider[] }

export const useResourceStore = create<ResourceStore>(() => ({ providers: [] }))

/** Adds a provider; returns its removal. */
export function registerResources(provider: ResourceProvider): () => void {
  useResourceStore.setState(({ providers }) => ({
    providers: [...providers.filter(({ id }) => id !== provider.id), provider],
  }))
  return () =>
    useResourceStore.setState(({ providers }) => ({ providers: providers.filter((held) => held !== provider) }))
}

export type ResourceGroup = { readonly id: string; readonly title: string; readonly hits: readonly ResourceHit[] }

const debounce = 120
const hitsShown = 8

/** Hits of all providers, each shown as soon as it answers; a provider that fails says nothing. */
export function useResourceSearch(text: string): { readonly groups: readonly ResourceGroup[]; readonly busy: boolean } {
  const providers = useResourceStore((store) => store.providers)
  const [groups, setGroups] = useState<readonly ResourceGroup[]>([])
  const [pending, setPending] = useState(0)
  useEffect(() => {
    setGroups([])
    setPending(0)
    if (text.trim().length < 2) return
    const request = new AbortController()
    const ask = async ({ id, title, search }: ResourceProvider) => {
      const hits = await search(text.trim(), request.signal).catch(() => [])
      if (request.signal.aborted) return
      setPending((count) => count - 1)
      if (hits.length > 0) setGroups((before) => [...before, { id, title, hits: hits.slice(0, hitsShown) }])
    }
    const timer = setTimeout(() => {
      setPending(providers.length)
      for (const provider of providers) void ask(provider)
    }, debounce)
    return () => {
      clearTimeout(timer)
      request.abort()
    }
  }, [text, providers])
  return { groups, busy: pending > 0 }
}
