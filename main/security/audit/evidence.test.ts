import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { trialKeychain } from '#main/app/kill.driver.ts'
import { migrations } from '#main/app/migrations.ts'
import { collect } from '#main/app/trial.ts'
import { personalCaller } from '#main/kernel/access/caller.ts'
import { canonical } from '#main/kernel/audit/canonical.ts'
import { type Checkpoints, createCheckpoints } from '#main/kernel/audit/checkpoint.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { noteKey, verifierKey } from '#main/kernel/audit/note.ts'
import { storedNodes } from '#main/kernel/audit/tree.ts'
import { noWitness } from '#main/kernel/audit/witness.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { type OpenWorkspace, openWorkspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import type { AuditFilter } from '#preload/security/audit.ts'
import { type AuditCapability, createAudit } from './capability.ts'
import { type EvidencePorts, evidenceFiles } from './evidence.ts'

const folder = mkdtempSync(join(tmpdir(), 'framework0-evidence-'))
const verifier = join(import.meta.dirname, '..', '..', '..', 'resources', 'tooling', 'framework0-verify.mjs')
const clock = manualClock(Date.UTC(2026, 0, 1))
const range: AuditFilter = { from: '2026-01-01T00:10:00.000Z', to: '2026-01-01T00:30:00.000Z' }
let store: OpenWorkspace
let audit: AuditCapability
let checkpoints: Checkpoints
let ports: EvidencePorts

beforeAll(async () => {
  store = await openWorkspace(':memory:', migrations)
  const { workspace } = store
  const log = createAuditLog(workspace, clock)
  const onError = (thrown: unknown): never => {
    throw thrown
  }
  const vault = await openVault(workspace, trialKeychain)
  checkpoints = createCheckpoints({ workspace, vault, clock, witness: noWitness, onError })
  const settings = createSettings(workspace, clock)
  audit = createAudit({ workspace, log, checkpoints, settings, clock, onChange: () => {}, onError })
  const { search, entries } = audit
  const nodes = storedNodes(workspace)
  ports = { search, entries, subjects: log.subjects, checkpoints, nodes, version: '1.2.3' }
  for (let n = 1; n <= 45; n++) {
    clock.advance(60_000)
    await log.refuse({
      caller: personalCaller(`person ${n % 3}`, 'browser', `session-${n % 3}`),
      operation: n % 5 ? 'alerts.note' : 'silences.create',
      input: { text: `note ${n}` },
      correlationId: `c${n}`,
      environments: [],
      policies: [],
      approval: null,
      error: { code: 'forbidden', message: 'No.', retryable: false },
    })
    if (n % 20 === 0) await checkpoints.sign()
  }
})
afterAll(async () => {
  await audit.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

type Files = Map<string, string>

async function packageOf(filter: AuditFilter): Promise<Files> {
  const files: Files = new Map()
  for await (const { name, chunks } of evidenceFiles(ports, filter))
    files.set(name, Buffer.concat(await collect(chunks)).toString())
  return files
}

/** A manifest that fits the files, as whoever tampers with them would write it. */
async function refit(files: Files): Promise<Files> {
  const { createHash } = await import('node:crypto')
  const { files: _, ...manifest } = JSON.parse(files.get('manifest.json') ?? '')
  const listed = [...files].filter(([name]) => name !== 'manifest.json')
  const described = listed.map(([name, text]) => ({
    name,
    size: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  }))
  return new Map([...listed, ['manifest.json', `${canonical({ ...manifest, files: described })}\n`]])
}

async function zipped(files: Files, compress = false): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.zip`)
  const archive = new ZipFile()
  for (const [name, text] of files) archive.addBuffer(Buffer.from(text), name, { compress, mtime: new Date(0) })
  archive.end()
  await pipeline(archive.outputStream, createWriteStream(path))
  return path
}

function verify(path: string, ...more: string[]): { code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [verifier, path, ...more], { encoding: 'utf8' })
  return { code: status, text: stdout + stderr }
}

describe('an evidence package', () => {
  it.each<[string, AuditFilter, string]>([
    ['of the whole log', {}, '45 entries (0 pruned): every entry of the log'],
    ['of a time', range, '21 entries (0 pruned): every entry from 10 to 30'],
    ['of what matches', { operation: 'silences' }, '9 entries (0 pruned): single entries'],
    ['of nothing', { operation: 'nothing' }, '0 entries (0 pruned): single entries'],
  ])('%s is verified without us, stored and deflated', async (_, filter, words) => {
    const files = await packageOf(filter)
    for (const compress of [false, true]) {
      const { code, text } = verify(await zipped(files, compress))
      expect(text).toContain('VERIFIED\n')
      expect(text).toContain(words)
      expect(code).toBe(0)
    }
  })

  it('is the same when it is made again', async () => {
    expect(await packageOf(range)).toEqual(await packageOf(range))
  })

  it('is held against the key that is given', async () => {
    const path = await zipped(await packageOf({}))
    const [key] = await checkpoints.key.all()
    if (!key) throw new Error('The log has no key.')
    expect(verify(path, '--key', verifierKey(key))).toMatchObject({ code: 0 })
    const { generateKeyPairSync } = await import('node:crypto')
    const other = verifierKey(noteKey(key.name, generateKeyPairSync('ed25519').publicKey))
    const { code, text } = verify(path, '--key', other)
    expect([code, text]).toEqual([1, expect.stringContaining('not signed by the key that you gave')])
  })

  const edit = (name: string, change: (text: string) => string) => (files: Files) =>
    void files.set(name, change(files.get(name) ?? ''))
  const lines = (change: (all: string[]) => string[]) => (text: string) =>
    `${change(text.trimEnd().split('\n')).join('\n')}\n`

  it.each<[string, AuditFilter, (files: Files) => void, string]>([
    ['an edited entry', {}, edit('entries.jsonl', (text) => text.replace('note 7', 'nope 7')), 'edit:'],
    [
      'an edited entry of a selection',
      { operation: 'silences' },
      edit('entries.jsonl', (text) => text.replace('note 5"', 'nope 5"')),
      'edit:',
    ],
    [
      'a dropped entry',
      {},
      edit(
        'entries.jsonl',
        lines((all) => all.filter((_, n) => n !== 11)),
      ),
      'gap: Entries 12 to 12 are missing',
    ],
    [
      'a dropped entry of a range',
      range,
      edit(
        'entries.jsonl',
        lines((all) => all.filter((_, n) => n !== 11)),
      ),
      'gap: Entries 21 to 21',
    ],
    [
      'a truncated log',
      {},
      edit(
        'entries.jsonl',
        lines((all) => all.slice(0, 40)),
      ),
      'truncation:',
    ],
    [
      'two swapped entries',
      {},
      edit(
        'entries.jsonl',
        lines(([a = '', b = '', ...all]) => [b, a, ...all]),
      ),
      'reorder:',
    ],
    ['a forged proof', range, edit('proof.jsonl', (text) => text.replace(/"hash":"../, '"hash":"00')), 'edit:'],
    ['a forged checkpoint', {}, edit('checkpoints/45.txt', (text) => text.replace(/at 2026/, 'at 2025')), 'signature:'],
    [
      'a checkpoint whose consistency is not shown',
      {},
      edit(
        'consistency.jsonl',
        lines((all) => all.slice(1)),
      ),
      'fork:',
    ],
    // behind the key's id: the other key that is written there may hold the same two letters
    ['another key', {}, edit('keys.json', (text) => text.replace(/(\+[0-9a-f]{8})\+A/, '$1+B')), 'key:'],
  ])('with %s is refused, and the failure is named', async (_, filter, tamper, words) => {
    const files = await packageOf(filter)
    const before = canonical([...files])
    tamper(files)
    expect(canonical([...files])).not.toBe(before)
    const careless = verify(await zipped(files))
    expect([careless.code, careless.text]).toEqual([1, expect.stringContaining('FAILED  changed file:')])
    const careful = verify(await zipped(await refit(files)))
    expect([careful.code, careful.text]).toEqual([1, expect.stringContaining(`FAILED  ${words}`)])
  })

  it('with a file too many, or one too few, is refused', async () => {
    const files = await packageOf({})
    files.set('more.txt', 'x')
    expect(verify(await zipped(files)).text).toContain('unknown file: more.txt')
    files.delete('more.txt')
    files.delete('personal.jsonl')
    expect(verify(await zipped(files)).text).toContain('missing file: personal.jsonl')
  })
})

/** A ZIP by hand, as no library would write it. */
function craft(
  files: readonly { name: string; inner?: string; data: Buffer; size: number; method: number; at?: number }[],
) {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, inner = name, data, size, method, at } of files) {
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(method, 8)
    local.writeUInt16LE(Buffer.byteLength(inner), 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt32LE(size, 24)
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(at ?? offset, 42)
    parts.push(local, Buffer.from(inner), data)
    directory.push(central, Buffer.from(name))
    offset += 30 + Buffer.byteLength(inner) + data.length
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(index.length, 12)
  end.writeUInt32LE(offset, 16)
  const path = join(folder, `${crypto.randomUUID()}.zip`)
  writeFileSync(path, Buffer.concat([...parts, index, end]))
  return path
}

describe('a hostile ZIP', () => {
  const plain = (name: string, text = 'x') => ({ name, data: Buffer.from(text), size: text.length, method: 0 })
  const zeros = deflateRawSync(Buffer.alloc(50_000_000))
  it.each([
    ['climbs out of its folder', [plain('../evil')], 'unsafe name'],
    ['has an absolute path', [plain('/etc/passwd')], 'unsafe name'],
    ['has a path of Windows', [plain('..\\evil')], 'unsafe name'],
    ['has a drive', [plain('C:evil')], 'unsafe name'],
    ['has the same file twice', [plain('a'), plain('A')], 'two files'],
    ['says another name inside', [{ ...plain('manifest.json'), inner: 'manifest.jsoN' }], 'another name inside'],
    ['says that it is a bomb', [{ name: 'manifest.json', data: zeros, size: 50_000_000, method: 8 }], 'ZIP bomb'],
    ['is a bomb and does not say so', [{ name: 'manifest.json', data: zeros, size: 1_000, method: 8 }], 'ZIP bomb'],
    [
      'shares bytes between files',
      [plain('a', 'x'.repeat(200)), { ...plain('a', 'x'.repeat(200)), name: 'b', inner: 'a', at: 0 }],
      'another name inside',
    ],
    ['packs as nobody does', [{ ...plain('a'), method: 12 }], 'not supported'],
    ['points outside of itself', [{ ...plain('a'), at: 4_000_000 }], 'points outside'],
  ])('that %s is refused with the reason', (_, files, words) => {
    const { code, text } = verify(craft(files))
    expect([code, text]).toEqual([1, expect.stringContaining(words)])
  })

  it('that is none, or is cut off, is refused', async () => {
    const path = join(folder, 'cut.zip')
    writeFileSync(path, 'PK')
    expect(verify(path)).toMatchObject({ code: 1, text: expect.stringContaining('not a ZIP') })
    expect(verify(join(folder, 'nowhere.zip')).code).toBe(2)
  })
})
