import { Boxes } from 'lucide-react'
import type { Service } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import type { ResourceProvider } from './resources.ts'

/** Where it runs, as `1.2.0 in production, 1.3.0 in staging`. */
const placesOf = ({ placements }: Pick<Service, 'placements'>): string =>
  placements.length === 0
    ? 'runs nowhere'
    : placements.map(({ version, environment }) => `${version ?? 'no version'} in ${environment}`).join(', ')

/** Services in the command palette, by their name, description and where they run. `open` shows one. */
export const serviceResources = (open: (name: string) => void): ResourceProvider => ({
  id: 'services',
  title: 'Services',
  async search(text, signal) {
    const words = text.toLowerCase().split(/\s+/)
    const all = await api.rollouts.services({}, { signal })
    return all
      .map((service) => ({ service, places: placesOf(service) }))
      .filter(({ service, places }) => {
        const whole = `${service.name} ${service.description} ${places}`.toLowerCase()
        return words.every((word) => whole.includes(word))
      })
      .map(({ service: { name }, places }) => ({
        id: `service:${name}`,
        title: name,
        detail: places,
        icon: Boxes,
        open: () => open(name),
      }))
  },
})
