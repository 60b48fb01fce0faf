import type { QueryClient } from '@tanstack/react-query'
import { Layers } from 'lucide-react'
import type { ResourceProvider } from '#renderer/app/resources.ts'
import { environmentList } from './queries.ts'

/** Environments in the command palette. `open` shows one. */
export const environmentResources = (client: QueryClient, open: (name: string) => void): ResourceProvider => ({
  id: 'environments',
  title: 'Environments',
  async search(text) {
    const words = text.toLowerCase().split(/\s+/)
    const all = await client.ensureQueryData(environmentList)
    return all
      .filter(({ name, region, owners }) => {
        const whole = `${name} ${region} ${owners.join(' ')}`.toLowerCase()
        return words.every((word) => whole.includes(word))
      })
      .map(({ name, health }) => ({
        id: `environment:${name}`,
        title: name,
        detail: health.status,
        icon: Layers,
        open: () => open(name),
      }))
  },
})
