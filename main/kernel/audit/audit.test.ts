import Database from 'better-sqlite3'
import fc from 'fast-check'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { application } from '../access/caller.ts'
import { manualClock } from '../clock.ts'
import type { Workspace } from '../store/workspace.ts'
import { canonical } from './canonical.ts'
import { chainStart, checkNext } from './chain.ts'
import { type AuditLog, auditTables, createAuditLog, readEntries } from './log.ts'

let database: Database.Database
let workspace: Workspace
let log: AuditLog

const open = (): void => {
  database = new Database(':memory:')
  for (const statement of auditTables) database.exec(statement)
  workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  log = createAuditLog(workspace, manualClock())
}

const command = (correlationId: string, input: unknown = { text: 'x' }) => ({
  caller: application,
  operation: 'alerts.note',
  input,
  correlationId,
})

const append = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    const intent = await log.begin(command(`c${n}`))
    await log.finish(intent, {
      outcome: 'succeeded',
      changes: [{ targets: [`alert-${n}`], before: null, after: { n } }],
    })
  }
}

/** The verdict over what is stored now: null, or the sentence that names the fault. */
async function verify(): Promise<string | null> {
  let position = chainStart
  for await (const batch of readEntries(workspace, 2))
    for (const entry of batch) {
      const next = checkNext(position, entry)
      if (typeof next === 'string') return next
      position = next
    }
  return null
}

describe('the audit log', () => {
  beforeEach(open)

  it('chains every entry to the one before it', async () => {
    await append(5)
    expect(await verify()).toBeNull()
  })

  it('keeps the order when many commands finish at once', async () => {
    const intents = await Promise.all(Array.from({ length: 20 }, (_, n) => log.begin(command(`p${n}`))))
    await Promise.all(intents.map((intent) => log.finish(intent, { outcome: 'succeeded', changes: [] })))
    expect(await verify()).toBeNull()
  })

  it.each([
    ['an edited entry', `update audit_entry set actor = 'mallory' where sequence = 3`, 'Entry 3 was changed'],
    ['an edited outcome', `update audit_entry set outcome = 'failed' where sequence = 2`, 'Entry 2 was changed'],
    ['a removed entry', 'delete from audit_entry where sequence = 3', 'Entry 3 is missing'],
    ['a first entry removed', 'delete from audit_entry where sequence = 1', 'Entry 1 is missing'],
  ])('names %s', async (_, tampering, words) => {
    await append(5)
    database.pragma('foreign_keys = off')
    database.exec(tampering)
    expect(await verify()).toContain(words)
  })

  it('names two entries that were swapped', async () => {
    await append(4)
    database.pragma('foreign_keys = off')
    database.exec(`update audit_entry set sequence = 99 where sequence = 2;
      update audit_entry set sequence = 2 where sequence = 3;
      update audit_entry set sequence = 3 where sequence = 99`)
    expect(await verify()).toContain('Entry 2')
  })

  it('turns a command that never learned its outcome into an interrupted entry', async () => {
    await log.begin(command('lost', { text: 'half done' }))
    const next = createAuditLog(workspace, manualClock())
    expect(await next.recover()).toBe(1)
    expect(await next.recover()).toBe(0)
    const { rows } = await sql<{ outcome: string; after: string }>`select outcome, "after" from audit_entry`.execute(
      workspace,
    )
    expect(rows).toEqual([{ outcome: 'interrupted', after: '{"text":"half done"}' }])
    expect(await verify()).toBeNull()
  })

  it('finds an entry by each of thousands of targets', async () => {
    const targets = Array.from({ length: 3_000 }, (_, n) => `alert-${n}`)
    const intent = await log.begin(command('bulk'))
    await log.finish(intent, { outcome: 'succeeded', changes: [{ targets }] })
    const count = database.prepare('select count(*) as n from audit_target').get() as { n: number }
    expect(count.n).toBe(3_000)
  })

  it('tells listeners what it appended', async () => {
    const heard: number[] = []
    const off = log.onAppend(({ sequence }) => heard.push(sequence))
    await append(2)
    off()
    await append(1)
    expect(heard).toEqual([1, 2])
  })
})

describe('canonical JSON', () => {
  it('sorts keys, drops white space and undefined', () => {
    expect(canonical({ b: [1, 'ö', null], a: { d: true, c: undefined } })).toBe('{"a":{"d":true},"b":[1,"ö",null]}')
  })
  it('writes numbers as RFC 8785 does', () => {
    expect(canonical([JSON.parse('333333333.33333329'), 1e30, 4.5, 0.002, 1e-27])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27]',
    )
  })
  it('says the same of equal values whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse())
        expect(canonical(reversed)).toBe(canonical(value))
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
  it('refuses what JSON cannot hold', () => {
    expect(() => canonical(Number.NaN)).toThrow(TypeError)
    expect(() => canonical(() => {})).toThrow(TypeError)
  })
})
