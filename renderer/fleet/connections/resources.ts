import type { QueryClient } from '@tanstack/react-query'
import { Plug } from 'lucide-react'
import type { ResourceProvider } from '#renderer/app/resources.ts'
import { kindNames } from './columns.tsx'
import { connectionList } from './queries.ts'

/** Connections in the command palette. `open` shows one. */
export const connectionResources = (client: QueryClient, open: (id: string) => void): ResourceProvider => ({
  id: 'connections',
  title: 'Connections',
  async search(text) {
    const words = text.toLowerCase().split(/\s+/)
    const all = await client.ensureQueryData(connectionList)
    return all
      .filter(({ name, url, environment }) => {
        const whole = `${name} ${url} ${environment}`.toLowerCase()
        return words.every((word) => whole.includes(word))
      })
      .map(({ id, name, kind, environment }) => ({
        id: `connection:${id}`,
        title: name,
        detail: `${kindNames[kind]} · ${environment}`,
        icon: Plug,
        open: () => open(id),
      }))
  },
})
