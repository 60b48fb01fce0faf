import type { Database } from 'better-sqlite3'
import { windowOf } from './rollup.ts'

/** The samples of one series in the window that is still being written. */
export type HeadPoints = { readonly at: number[]; readonly values: number[] }

/**
 * The window of five minutes being written, in memory, with one row per append beside it so that a killed process finds
 * it again. One row, not one per series: that is one page written every five seconds instead of fifty.
 */
export function createHead(database: Database) {
  const insert = database.prepare('insert into metric_head (at, data) values (:at, :data)')
  const clear = database.prepare('delete from metric_head')
  const points = new Map<number, HeadPoints>()
  let window: number | null = null

  const add = (at: number, entries: readonly HeadEntry[]): void => {
    window = windowOf(at)
    for (const { series, value } of entries) {
      const known = points.get(series)
      if (known === undefined) points.set(series, { at: [at], values: [value] })
      else {
        known.at.push(at)
        known.values.push(value)
      }
    }
  }

  const rows = database.prepare('select at, data from metric_head order by seq').all() as HeadRow[]
  for (const row of rows) add(row.at, decode(row.data))

  return {
    window: (): number | null => window,
    points: (series: number): HeadPoints | undefined => points.get(series),
    all: (): ReadonlyMap<number, HeadPoints> => points,

    /** Writes the row only; call `remember` once its transaction is committed. */
    write: (at: number, entries: readonly HeadEntry[]): void => {
      insert.run({ at, data: encode(entries) })
    },
    remember: add,
    clearRows: (): void => {
      clear.run()
    },
    forget: (): void => {
      points.clear()
      window = null
    },
  }
}

export type HeadEntry = { readonly series: number; readonly value: number }
type HeadRow = { readonly at: number; readonly data: Buffer }

const entryBytes = 12

function encode(entries: readonly HeadEntry[]): Buffer {
  const data = Buffer.alloc(entries.length * entryBytes)
  entries.forEach(({ series, value }, index) => {
    data.writeUInt32LE(series, index * entryBytes)
    data.writeDoubleLE(value, index * entryBytes + 4)
  })
  return data
}

function decode(data: Buffer): readonly HeadEntry[] {
  const entries: HeadEntry[] = []
  for (let offset = 0; offset + entryBytes <= data.length; offset += entryBytes)
    entries.push({ series: data.readUInt32LE(offset), value: data.readDoubleLE(offset + 4) })
  return entries
}
