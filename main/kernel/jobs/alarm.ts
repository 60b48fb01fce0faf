import type { Clock } from '../clock.ts'

/** Timers stand still while a machine sleeps, so a due time further away is looked at by the clock in between. */
const longestTimer = 60_000

export type Alarm = {
  /** Calls back with the id once the clock has passed `at` (milliseconds since the epoch); a later call replaces it. */
  readonly set: (id: string, at: number) => void
  readonly clear: (id: string) => void
  readonly has: (id: string) => boolean
  readonly close: () => void
}

/** Due times of any number of jobs by one timer of the operating system: the one of the earliest. */
export function createAlarm(clock: Clock, ring: (id: string) => void): Alarm {
  const due = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let armedFor = Number.POSITIVE_INFINITY
  let closed = false

  const arm = (at: number): void => {
    clearTimeout(timer)
    armedFor = at
    const delay = Math.min(longestTimer, Math.max(0, at - clock.now()))
    timer = setTimeout(look, delay).unref()
  }

  const look = (): void => {
    const now = clock.now()
    const ringing = [...due].filter(([, at]) => at <= now).map(([id]) => id)
    for (const id of ringing) due.delete(id)
    armedFor = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const at of due.values()) next = Math.min(next, at)
    if (next < Number.POSITIVE_INFINITY) arm(next)
    for (const id of ringing) ring(id)
  }

  return {
    set(id, at) {
      if (closed) return
      due.set(id, at)
      if (at < armedFor) arm(at)
    },
    clear: (id) => void due.delete(id),
    has: (id) => due.has(id),
    close() {
      closed = true
      due.clear()
      clearTimeout(timer)
    },
  }
}
