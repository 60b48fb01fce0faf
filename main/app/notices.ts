import { type Clock, iso } from '#main/kernel/clock.ts'
import type { ApplicationHealth } from '#preload/lifecycle/operations.ts'

type Notice = ApplicationHealth['notices'][number]

/** A condition that the person should know of until it has ended. */
export type Problem = {
  readonly text: string
  /** Whether it is over, measured at that moment. */
  readonly isOver: () => Promise<boolean>
}

type Ports = {
  readonly clock: Clock
  /** Told after a notice came or went. */
  readonly onChange: () => void
  readonly onError: (error: unknown) => void
}

/** What the person should know of now. One whose condition has ended goes away. */
export function createNotices({ clock, onChange, onError }: Ports) {
  const open: Notice[] = []
  const put = (notice: Notice): (() => void) => {
    open.push(notice)
    onChange()
    return () => {
      const at = open.indexOf(notice)
      if (at < 0) return
      open.splice(at, 1)
      onChange()
    }
  }
  const withdrawals = new Map<() => void, Problem['isOver']>()
  const reviewNow = async (): Promise<void> => {
    for (const [withdraw, isOver] of withdrawals) {
      if (!(await isOver())) continue
      withdrawals.delete(withdraw)
      withdraw()
    }
  }
  let reviewing: Promise<void> | null = null
  let asked = false

  return {
    all: (): Notice[] => [...open],
    /** @returns what takes it away again. */
    tell: (text: string, severity: Notice['severity'] = 'critical', at = iso(clock.now())): (() => void) =>
      put({ at, severity, text }),
    /** Tells a condition that is looked at again with each `review`. */
    tellUntilOver({ text, isOver }: Problem): void {
      withdrawals.set(put({ at: iso(clock.now()), severity: 'critical', text }), isOver)
    },
    /** Takes away what is over; something has changed. One look at a time, and one more for whoever asks meanwhile. */
    review(): void {
      asked = withdrawals.size > 0
      if (reviewing !== null || !asked) return
      reviewing = (async () => {
        while (asked) {
          asked = false
          await reviewNow().catch(onError)
        }
        reviewing = null
      })()
    },
  }
}
