import { useQuery } from '@tanstack/react-query'
import { Bell } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { askForPermission, useNotificationPermission } from './notifications.ts'
import { preferences } from './queries.ts'

const key = 'notifications:asked'

function wasAsked(): boolean {
  try {
    return localStorage.getItem(key) !== null
  } catch {
    return false
  }
}

/** Offers notifications once, in a browser that would show them. */
export function NotificationStrip() {
  const permission = useNotificationPermission((store) => store.permission)
  const { data } = useQuery(preferences)
  const [asked, setAsked] = useState(wasAsked)
  if (asked || permission !== 'default' || data?.notifications !== true) return null
  const settle = () => {
    setAsked(true)
    try {
      localStorage.setItem(key, 'yes')
    } catch {
      // It will be offered again.
    }
  }
  const turnOn = () => {
    settle()
    void askForPermission()
  }
  return (
    <div className="flex min-h-8 items-center gap-2 border-b border-line bg-surface-1 px-3 text-secondary">
      <Bell aria-hidden size={14} className="text-accent" />
      <span className="min-w-0 flex-1">Be told of new critical alerts while you look elsewhere.</span>
      <Button size={24} onClick={turnOn}>
        Turn on notifications
      </Button>
      <Button size={24} kind="ghost" onClick={settle}>
        Not now
      </Button>
    </div>
  )
}
