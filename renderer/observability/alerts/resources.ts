import { Bell } from 'lucide-react'
import type { ResourceProvider } from '#renderer/app/resources.ts'
import { api } from '#renderer/rpc/client.ts'

const hits = 8

/** Open alerts in the command palette. `open` shows one. */
export const alertResources = (open: (id: string) => void): ResourceProvider => ({
  id: 'alerts',
  title: 'Alerts',
  async search(text, signal) {
    const { rows } = await api.alerts.list({ search: text, limit: hits }, { signal })
    return rows.flatMap((row) => {
      if (row.kind !== 'alert') return []
      const { id, name, environment, severity, state } = row.alert
      return {
        id: `alert:${id}`,
        title: name,
        detail: `${severity}, ${state} · ${environment}`,
        icon: Bell,
        open: () => open(id),
      }
    })
  },
})
