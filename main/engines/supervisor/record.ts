import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from './identity.ts'
import type { ProcessSpec } from './spec.ts'

/** What outlives a supervisor: enough to find its processes again, and nothing secret. */
export type ProcessRecord = {
  readonly spec: Omit<ProcessSpec, 'secretEnv'>
  readonly wantsSecrets: boolean
  readonly wanted: boolean
  readonly identity: ProcessIdentity | null
  readonly port: number
  readonly startedAt: string | null
  readonly restarts: number
}

export type RecordFolder = {
  readonly read: () => readonly ProcessRecord[]
  readonly write: (record: ProcessRecord) => void
  readonly remove: (key: string) => void
  readonly logOf: (key: string) => string
}

/** One small file for each process, replaced in one piece; unreadable ones are passed over. */
export function openRecords(folder: string): RecordFolder {
  const processes = join(folder, 'processes')
  const logs = join(folder, 'logs')
  for (const each of [processes, logs]) mkdirSync(each, { recursive: true, mode: 0o700 })
  const named = (key: string): string =>
    `${key.replaceAll(/[^A-Za-z0-9.-]+/g, '_').slice(0, 80)}-${hash('sha256', key).slice(0, 12)}`
  const fileOf = (key: string): string => join(processes, `${named(key)}.json`)
  return {
    read: () =>
      readdirSync(processes)
        .filter((name) => name.endsWith('.json'))
        .flatMap((name) => {
          try {
            return [JSON.parse(readFileSync(join(processes, name), 'utf8')) as ProcessRecord]
          } catch {
            return []
          }
        }),
    write(record) {
      const file = fileOf(record.spec.key)
      writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    remove(key) {
      rmSync(fileOf(key), { force: true })
      rmSync(join(logs, `${named(key)}.log`), { force: true })
    },
    logOf: (key) => join(logs, `${named(key)}.log`),
  }
}
