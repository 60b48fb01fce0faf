import { v7 as uuid } from 'uuid'
import type { Job } from '#preload/lifecycle/operations.ts'
import { type Clock, iso } from '../clock.ts'
import type { Journal } from './journal.ts'
import type { TrackedState } from './kind.ts'
import { newJob } from './new-job.ts'

type Ports = {
  readonly journal: Journal
  readonly clock: Clock
  /** Several processes have the journal. */
  readonly shared: boolean
  readonly onChange: () => void
}

type Tracked = { readonly id: string; readonly seen: string; readonly shown: Job | null }

/** Work of others shown among the jobs: in the journal where it is ours alone, in memory where processes share it. */
export function createTracked({ journal, clock, shared, onChange }: Ports) {
  const tracked = new Map<string, Tracked>()

  /** Every process polls for itself, so where they share a journal each shows its own polling and writes none of it. */
  const showOnly = (key: string, kind: string, title: string, state: TrackedState, seen: string): void => {
    const now = iso(clock.now())
    const known = tracked.get(key)
    const id = known?.id ?? uuid()
    const createdAt = known?.shown?.createdAt ?? now
    const nothing = { undoing: false, steps: [], waits: [], parentId: null }
    tracked.set(key, { id, seen, shown: { id, kind, title, ...state, ...nothing, createdAt, updatedAt: now } })
    onChange()
  }

  const create = async (key: string, kind: string, title: string): Promise<string> => {
    const known = await journal.findByKey(key)
    const once = { kind, title, attempts: 1, run: async () => {} }
    return known?.id ?? journal.insert(newJob(iso(clock.now()), { kind: once, input: null, key }))
  }

  return {
    shown: (): Job[] => [...tracked.values()].flatMap(({ shown }) => (shown ? [shown] : [])),

    async track(key: string, kind: string, title: string, state: TrackedState): Promise<void> {
      const { error } = state
      const seen = JSON.stringify([title, state.state, error?.code ?? null, error?.message ?? null])
      const known = tracked.get(key)
      if (known?.seen === seen) return
      if (shared) return showOnly(key, kind, title, state, seen)
      const id = known?.id ?? (await create(key, kind, title))
      tracked.set(key, { id, seen, shown: null })
      await journal.update(id, {
        title,
        state: state.state,
        due_at: state.dueAt,
        attempts: state.attempts,
        error: error ? JSON.stringify(error) : null,
        progress: state.progress,
        updated_at: iso(clock.now()),
      })
      onChange()
    },

    async untrack(key: string): Promise<void> {
      tracked.delete(key)
      const row = await journal.findByKey(key)
      if (row) await journal.remove(row.id)
      onChange()
    },
  }
}
