import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { create } from 'zustand'
import { isQuiet, notificationOf } from '#preload/lifecycle/quiet-hours.ts'
import type { InboxPulse } from '#preload/observability/alerts.ts'
import { api } from '#renderer/rpc/client.ts'
import { useWatch } from '#renderer/rpc/watch.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import type { AlertSearch } from './alert-search.ts'
import { preferences } from './queries.ts'
import { titleWithCount } from './title.ts'

type Critical = InboxPulse['newCritical'][number]

/** The desktop host notifies by itself; in a browser the page has to. */
const ours = (): boolean => window.framework0 === undefined && 'Notification' in window

type Permission = { readonly permission: NotificationPermission | 'unavailable' }

export const useNotificationPermission = create<Permission>(() => ({
  permission: typeof window !== 'undefined' && ours() ? Notification.permission : 'unavailable',
}))

/** Asks the person. Browsers allow it only from a click or a key press. */
export async function askForPermission(): Promise<void> {
  if (ours()) useNotificationPermission.setState({ permission: await Notification.requestPermission() })
}

/** What a click on a notification opens. */
const viewOf = (alerts: readonly Critical[]): AlertSearch => {
  const [first] = alerts
  return first !== undefined && alerts.length === 1
    ? { alert: first.id }
    : { states: ['firing'], severities: ['critical'], sort: { by: 'since', direction: 'descending' } }
}

/** Keeps the count in the title while the router goes on writing titles of its own. */
function useTitleCount(count: number | null): void {
  useEffect(() => {
    if (count === null) return
    const write = () => {
      const title = titleWithCount(document.title, count)
      if (title !== document.title) document.title = title
    }
    write()
    const observer = new MutationObserver(write)
    observer.observe(document.head, { childList: true, subtree: true, characterData: true })
    return () => observer.disconnect()
  }, [count])
}

/** A badge on the application's icon, where the platform has one. */
function showBadge(count: number): void {
  if (!('setAppBadge' in navigator)) return
  const done = count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)
  // A page that was not installed may not have one.
  done.catch(() => undefined)
}

const gatherMs = 1_000

/** New critical alerts of about a second become one notification. */
function useGathered(show: (alerts: readonly Critical[]) => void): (alerts: readonly Critical[]) => void {
  const waiting = useRef<Critical[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(show)
  latest.current = show
  useEffect(() => () => clearTimeout(timer.current), [])
  return (alerts) => {
    if (alerts.length === 0) return
    waiting.current.push(...alerts)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => latest.current(waiting.current.splice(0)), gatherMs)
  }
}

function usePreferencesLive() {
  const client = useQueryClient()
  useWatch(
    (signal) => api.operations.watch({}, { signal }),
    ({ changed }) => {
      if (changed === 'preferences') void client.invalidateQueries({ queryKey: preferences.queryKey })
    },
  )
  return useQuery(preferences).data
}

const criticals = create<{ readonly count: number | null }>(() => ({ count: null }))

/** How many critical alerts fire now; null until it is known. For the rail. */
export const useCriticalCount = (): number | null => criticals((store) => store.count)

/** Brings new critical alerts to whoever looks elsewhere: title, badge, and in a browser notifications. Mount once. */
export function useAlertNotifications(): void {
  const navigate = useNavigate()
  const wanted = usePreferencesLive()
  const permission = useNotificationPermission((store) => store.permission)
  const count = useCriticalCount()

  const show = (alerts: readonly Critical[]) => {
    const text = notificationOf(alerts)
    const silent = wanted === undefined || !wanted.notifications || isQuiet(wanted.quietHours, new Date())
    if (text === null || silent || permission !== 'granted') return
    const notification = new Notification(text.title, { body: text.body })
    notification.onclick = () => {
      window.focus()
      notification.close()
      void navigate({ to: '/alerts', search: viewOf(alerts) as never })
    }
  }
  const gather = useGathered(show)
  useWatch(
    (signal) => api.alerts.watch({}, { signal }),
    ({ bySeverity, newCritical }) => {
      criticals.setState({ count: bySeverity.critical })
      showBadge(bySeverity.critical)
      gather(newCritical)
    },
  )
  useTitleCount(count)
  useCommands([
    {
      id: 'alerts.notifications',
      title: 'Turn on notifications for new critical alerts',
      area: 'Alerts',
      when: () => useNotificationPermission.getState().permission === 'default',
      run: () => void askForPermission(),
    },
  ])
}
