import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { WorkloadName } from '../engine.ts'
import type { Seen } from './seen.ts'

/** Where an instance was when its host was last looked at. */
type Spot = Pick<Seen, 'index' | 'port'>

const kept = z.record(z.string(), z.array(z.object({ index: z.number().int(), port: z.number().int() })))

/**
 * Where instances were seen last, for the time in which their host cannot be looked at: they are asked there, so what is
 * known of them is never old. Kept in a file, since the vault with the key of the hosts may be locked after a start.
 */
export function openMemory(file: string) {
  const spots = new Map(Object.entries(read(file)))
  const ready = new Set<string>()
  let writing: Promise<void> = Promise.resolve()
  const save = (): void => {
    writing = writing.then(async () => {
      await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(spots)), { mode: 0o600 })
      await rename(`${file}.new`, file)
    })
    // It is a convenience: without it the hosts are asked.
    writing = writing.catch(() => {})
  }

  return {
    /** @param at the place of the host among those of the environment. */
    keep(at: number, name: WorkloadName, seen: readonly Seen[]): void {
      const fresh = seen.map(({ index, port }): Spot => ({ index, port }))
      const key = keyOf(at, name)
      if (JSON.stringify(spots.get(key)) === JSON.stringify(fresh)) return
      spots.set(key, fresh)
      save()
    },
    /** Undefined when the host was never looked at. */
    spots: (at: number, name: WorkloadName): readonly Spot[] | undefined => spots.get(keyOf(at, name)),
    noteReady: (at: number, name: WorkloadName, one: Seen): void => void ready.add(lifeOf(at, name, one)),
    wasReady: (at: number, name: WorkloadName, one: Seen): boolean => ready.has(lifeOf(at, name, one)),
    forget(name: WorkloadName): void {
      const ending = keyOf('', name)
      for (const key of [...spots.keys()]) if (key.endsWith(ending)) spots.delete(key)
      for (const key of [...ready]) if (key.includes(`${ending} `)) ready.delete(key)
      save()
    },
  }
}

export type Memory = ReturnType<typeof openMemory>

const keyOf = (at: number | '', { environment, service, version }: WorkloadName): string =>
  `${at}/${environment}/${service}/${version}`
/** One that was started again has yet to become ready. */
const lifeOf = (at: number, name: WorkloadName, { index, restarts }: Seen): string =>
  `${keyOf(at, name)} ${index} ${restarts}`

function read(file: string): z.infer<typeof kept> {
  try {
    return kept.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}
