import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { portsOver } from './entries.fixture.ts'
import { exportEntries } from './export.ts'
import type { EvidenceFile, ExportPorts } from './material.ts'

async function* bytes(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

const packaged = (files: () => AsyncIterable<EvidenceFile>): ExportPorts => ({ ...portsOver(3), evidenceFiles: files })

async function* files(): AsyncGenerator<EvidenceFile> {
  yield { name: 'manifest.json', chunks: bytes('{"version":1}') }
  yield { name: 'entries/1.jsonl', chunks: bytes('one\n', 'two\n', 'x'.repeat(300_000)) }
  yield { name: 'checkpoints/3.note', chunks: bytes('log\n3\nroot\n') }
}

async function packageOf(ports: ExportPorts): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const item of exportEntries('evidence', {}, ports, new AbortController().signal))
    if (item instanceof Uint8Array) chunks.push(item)
  return Buffer.concat(chunks)
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

describe('an evidence package', () => {
  it('is the same, byte for byte, at another time and in another time zone', async () => {
    const zone = process.env.TZ
    const hashes: string[] = []
    for (const tz of ['UTC', 'Asia/Kolkata', 'America/St_Johns']) {
      process.env.TZ = tz
      hashes.push(sha256(await packageOf(packaged(files))))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
    expect(new Set(hashes).size).toBe(1)
  })

  it('holds the files in their order, stored without compression', async () => {
    const data = await packageOf(packaged(files))
    expect(namesOf(data)).toEqual(['manifest.json', 'entries/1.jsonl', 'checkpoints/3.note'])
    expect(data.includes('one\ntwo\nxxx')).toBe(true)
  })

  it('fails with the failure of a file, and asks for no further one', async () => {
    let asked = 0
    async function* failing(): AsyncGenerator<EvidenceFile> {
      asked++
      yield { name: 'a', chunks: Readable.from([Buffer.from('a')]) }
      asked++
      yield { name: 'b', chunks: broken() }
      asked++
    }
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('b')
      throw new Error('The disk went away.')
    }
    await expect(packageOf(packaged(failing))).rejects.toThrow('The disk went away.')
    expect(asked).toBe(2)
  })
})

/** The names in the central directory (APPNOTE 4.3.12), read by hand. */
function namesOf(data: Buffer): string[] {
  const end = data.lastIndexOf(Buffer.from('PK\u0005\u0006'))
  const names: string[] = []
  let at = data.readUInt32LE(end + 16)
  for (let n = data.readUInt16LE(end + 10); n > 0; n--) {
    const length = data.readUInt16LE(at + 28)
    expect(data.readUInt16LE(at + 10)).toBe(0)
    names.push(data.toString('utf8', at + 46, at + 46 + length))
    at += 46 + length + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32)
  }
  return names
}
