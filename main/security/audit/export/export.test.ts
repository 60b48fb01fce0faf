import { createHash } from 'node:crypto'
import papaparse from 'papaparse'
import { describe, expect, it } from 'vitest'
import { type AuditFormat, auditEntry, type ExportProgress } from '#preload/security/audit.ts'
import { entryOf, portsOver } from './entries.fixture.ts'
import { exportEntries } from './export.ts'
import type { ExportPorts } from './material.ts'

async function exported(format: AuditFormat, ports: ExportPorts) {
  const chunks: Uint8Array[] = []
  const progress: ExportProgress[] = []
  for await (const item of exportEntries(format, {}, ports, new AbortController().signal))
    if (item instanceof Uint8Array) chunks.push(item)
    else progress.push(item)
  return { bytes: Buffer.concat(chunks), progress, last: progress.at(-1) }
}

describe('an export', () => {
  it('ends with its name, its media type and the SHA-256 of all its bytes', async () => {
    const { bytes, last } = await exported('jsonl', portsOver(2_500))
    expect(last).toEqual({
      entries: 2_500,
      total: 2_500,
      bytes: bytes.length,
      done: {
        name: 'audit-2026-01-01T00-00-00Z.jsonl',
        mediaType: 'application/x-ndjson',
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
    })
  })

  it('tells progress no more often than every 100 ms', async () => {
    const ports = portsOver(10_000)
    let now = 0
    const monotonic = () => {
      now += 30
      return now
    }
    const clock = { now: () => 0, monotonic }
    const { progress } = await exported('csv', { ...ports, clock })
    expect(progress.map(({ entries }) => entries)).toEqual([0, 3_000, 7_000, 10_000])
  })

  it('comes in pieces of 64 KiB at most, which share no memory', async () => {
    const sizes: number[] = []
    for await (const item of exportEntries('jsonl', {}, portsOver(3_000), new AbortController().signal))
      if (item instanceof Uint8Array) {
        sizes.push(item.length)
        expect(item.buffer.byteLength).toBe(item.length)
      }
    expect(Math.max(...sizes)).toBe(64 * 1024)
  })

  it('leaves out what is appended while it runs', async () => {
    const { last } = await exported('jsonl', { ...portsOver(5_000), count: () => Promise.resolve(1_500) })
    expect(last).toMatchObject({ entries: 1_500, total: 1_500 })
  })

  it('reads nothing ahead of whoever pulls it', async () => {
    let made = 0
    const ports = portsOver(100_000, (sequence) => {
      made = sequence
      return entryOf(sequence)
    })
    const items = exportEntries('csv', {}, ports, new AbortController().signal)
    for (let n = 0; n < 4; n++) await items.next()
    expect(made).toBeLessThanOrEqual(2_000)
    await items.return(undefined)
  })

  it.each(['csv', 'jsonl', 'ocsf', 'xlsx', 'pdf'] as const)('stops reading when %s is cancelled', async (format) => {
    const controller = new AbortController()
    let closed = false
    const ports = portsOver(4_000)
    async function* entries() {
      try {
        for await (const batch of ports.entries({}, { batch: 100 })) {
          if (batch[0]?.sequence === 1_001) controller.abort()
          yield batch
        }
      } finally {
        closed = true
      }
    }
    const run = async () => {
      for await (const _ of exportEntries(format, {}, { ...ports, entries }, controller.signal));
    }
    await expect(run()).rejects.toMatchObject({ code: 'cancelled' })
    expect(closed).toBe(true)
  })

  it('closes the log when whoever pulls it walks away', async () => {
    let closed = false
    const ports = portsOver(50_000)
    async function* entries() {
      try {
        yield* ports.entries({}, { batch: 1_000 })
      } finally {
        closed = true
      }
    }
    const items = exportEntries('xlsx', {}, { ...ports, entries }, new AbortController().signal)
    for (let n = 0; n < 3; n++) await items.next()
    await items.return(undefined)
    expect(closed).toBe(true)
  })
})

describe('CSV', () => {
  it('starts with a byte order mark and a header, and ends every line with CR LF', async () => {
    const { bytes } = await exported('csv', portsOver(1))
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const text = bytes.toString('utf8')
    expect(text.split('\r\n')).toHaveLength(3)
    expect(text.split('\r\n')[0]).toMatch(/Sequence,Time \(UTC\),Actor,Subject,.*,Leaf hash,Pruned$/)
  })

  it('survives commas, quotes and line feeds, which it shows', async () => {
    const make = (sequence: number) => entryOf(sequence, { actor: 'a,"b"\nc\u001b[31m\u202e' })
    const { bytes } = await exported('csv', portsOver(1, make))
    const { data } = papaparse.parse<string[]>(bytes.toString('utf8').slice(1), { newline: '\r\n' })
    expect(data[1]?.[2]).toBe('a,"b"␊c␛[31m‹202e›')
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\uff1d1+1', '\t=1'])('disarms the formula %j', async (actor) => {
    const { bytes } = await exported(
      'csv',
      portsOver(1, (sequence) => entryOf(sequence, { actor })),
    )
    const { data } = papaparse.parse<string[]>(bytes.toString('utf8').slice(1), { newline: '\r\n' })
    expect(data[1]?.[2]).toMatch(/^('|␉)/)
  })
})

describe('JSON Lines', () => {
  it('holds an entry of the contract a line, exactly, without characters that a terminal obeys', async () => {
    const entry = entryOf(1, { actor: 'x\u001b[2J\u009b\u202e\u2028y', after: { '\u200f': ['\u0000', 1.5, null] } })
    const { bytes } = await exported(
      'jsonl',
      portsOver(1, () => entry),
    )
    const text = bytes.toString('utf8')
    expect(text.trimEnd()).not.toMatch(/[\p{Cc}\u200e\u200f\u2028-\u202e]/u)
    expect(auditEntry.parse(JSON.parse(text))).toEqual(entry)
  })
})
