import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { SilenceEngine } from '../engine.ts'
import type { LocalSilence, SilenceStore } from '../store.ts'

/** Silences of this workspace, for sources that have none of their own. */
export function createLocalSilences(store: SilenceStore, clock: Clock): SilenceEngine {
  const find = async (id: string): Promise<LocalSilence> => {
    const silence = await store.find(id)
    if (silence) return silence
    throw new AppError('not_found', 'This silence does not exist any more.')
  }
  return {
    find,
    async create(draft) {
      const id = uuid()
      await store.save({ ...draft, id, updatedAt: iso(clock.now()) })
      return id
    },
    async edit(id, draft) {
      await find(id)
      await store.save({ ...draft, id, updatedAt: iso(clock.now()) })
      return id
    },
    async expire(id) {
      const silence = await find(id)
      const now = iso(clock.now())
      if (silence.endsAt <= now) throw new AppError('conflict', 'This silence has ended already.')
      await store.save({ ...silence, endsAt: now, updatedAt: now })
    },
    close: async () => {},
  }
}
