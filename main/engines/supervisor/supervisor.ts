import { open, stat, truncate } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { findConfinement } from './confine.ts'
import { isAlive } from './identity.ts'
import { openRecords, type ProcessRecord } from './record.ts'
import { type ProcessSpec, type ProcessState, processSpec } from './spec.ts'
import { type Supervised, supervise } from './supervised.ts'

type Options = {
  /** Where records and output are kept. */
  readonly folder: string
  readonly clock: Clock
  readonly onChange: (state: ProcessState) => void
}

/** Output kept of each process; beyond it the file begins anew. */
const longestLog = 16 * 1024 * 1024
const lookAtLogsMs = 30_000
const mostRead = 256 * 1024
/** Nothing starts a process again by itself in these phases. */
const over: ReadonlySet<ProcessState['phase']> = new Set(['stopped', 'failed', 'flapping'])

export type Supervisor = {
  /**
   * Sees to it that a process runs as described; one that does already is left alone.
   * @throws AppError `conflict` when another description has this key.
   */
  readonly ensure: (spec: ProcessSpec) => Promise<ProcessState>
  readonly list: (input: { readonly prefix: string }) => readonly ProcessState[]
  /** Ends a process gracefully and resolves when it has ended. One that is not known has ended. */
  readonly stop: (input: { readonly key: string }) => Promise<{ readonly stopped: ProcessState | null }>
  /** Ends it and forgets it and its output. */
  readonly remove: (input: { readonly key: string }) => Promise<void>
  /** The end of what it wrote, at most 256 KiB, from `from` on if that is later; with where to go on. */
  readonly output: (input: { readonly key: string; readonly from?: number }) => Promise<{ text: string; next: number }>
  /** How many are to run. */
  readonly count: () => number
  /** Lets go of all of them without ending one. */
  readonly release: () => void
}

/** Keeps processes running, and takes up those that an earlier supervisor of this folder left. */
export function createSupervisor({ folder, clock, onChange }: Options): Supervisor {
  const records = openRecords(folder)
  const confine = findConfinement()
  const all = new Map<string, Supervised>()
  const life = new AbortController()

  const take = (spec: ProcessSpec, record: ProcessRecord | null): Supervised => {
    const logFile = records.logOf(spec.key)
    const one = supervise({ spec, record, logFile, clock, confine, save: records.write, onChange })
    all.set(spec.key, one)
    return one
  }

  for (const record of records.read()) {
    const runs = record.identity !== null && isAlive(record.identity)
    // One that ended meanwhile and needs secrets waits until it is asked for again, with them.
    if (record.wanted && (runs || !record.wantsSecrets)) take({ ...record.spec, secretEnv: {} }, record)
  }

  const keepLogsShort = async (): Promise<void> => {
    while (!life.signal.aborted) {
      await sleep(lookAtLogsMs, undefined, { signal: life.signal, ref: false })
      for (const key of all.keys()) {
        const file = records.logOf(key)
        const size = (await stat(file).catch(() => null))?.size ?? 0
        if (size > longestLog) await truncate(file) // it is written by appending, so its writer goes on at the start
      }
    }
  }
  keepLogsShort().catch(() => {})

  return {
    async ensure(given) {
      const spec = processSpec.parse(given)
      const known = all.get(spec.key)
      if (!known || over.has(known.state().phase)) return take(spec, null).state()
      if (!sameWork(known.spec, spec))
        throw new AppError('conflict', `A process ${spec.key} runs already, with another description.`, {
          hint: 'Stop it first.',
        })
      known.provide(spec.secretEnv)
      return known.state()
    },
    list: ({ prefix }) => [...all.values()].map((one) => one.state()).filter(({ key }) => key.startsWith(prefix)),
    stop: async ({ key }) => ({ stopped: (await all.get(key)?.stop()) ?? null }),
    async remove({ key }) {
      await all.get(key)?.stop()
      all.delete(key)
      records.remove(key)
    },
    async output({ key, from = 0 }) {
      const file = await open(records.logOf(key)).catch(() => null)
      if (!file) return { text: '', next: 0 }
      try {
        const { size } = await file.stat()
        const begin = Math.max(size - mostRead, from > size ? 0 : from)
        const bytes = Buffer.alloc(size - begin)
        const { bytesRead } = await file.read(bytes, 0, bytes.length, begin)
        return { text: bytes.toString('utf8', 0, bytesRead), next: begin + bytesRead }
      } finally {
        await file.close()
      }
    },
    count: () => [...all.values()].filter((one) => !['stopped', 'failed'].includes(one.state().phase)).length,
    release() {
      life.abort()
      for (const one of all.values()) one.release()
    },
  }
}

/** Whether two descriptions mean the same process; secrets may have been rotated meanwhile without ending it. */
function sameWork(a: ProcessSpec, b: ProcessSpec): boolean {
  const without = ({ secretEnv: _, ...rest }: ProcessSpec): string => JSON.stringify(rest)
  return without(a) === without(b)
}
