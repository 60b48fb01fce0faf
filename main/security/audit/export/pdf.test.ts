import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { poppler as run } from '#e2e/app/peers/poppler.ts'
import { entryOf, portsOver } from './entries.fixture.ts'
import { exportEntries } from './export.ts'
import { pdfEntryLimit } from './pdf.ts'

let folder = ''
let file = ''

async function write(size: number, make?: Parameters<typeof portsOver>[1]): Promise<void> {
  const chunks: Uint8Array[] = []
  const filter = { environment: 'prod' }
  for await (const item of exportEntries('pdf', filter, portsOver(size, make), new AbortController().signal, 'Grace'))
    if (item instanceof Uint8Array) chunks.push(item)
  await writeFile(file, Buffer.concat(chunks))
}

describe('a PDF report, read by poppler', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framework0-pdf-'))
    file = join(folder, 'report.pdf')
    const hostile = { href: 'https://evil.example', script: '<script>', bidi: '\u202e' }
    await write(120, (n) => entryOf(n, { after: hostile, actor: n === 7 ? 'Ada\u001b[2J' : 'Ada' }))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('says who exported what, and numbers its pages', async () => {
    const { stdout } = await run('pdftotext', ['-layout', file, '-'])
    const pages = Number(/Pages:\s+(\d+)/.exec((await run('pdfinfo', [file])).stdout)?.[1])
    expect(pages).toBeGreaterThan(3)
    expect(stdout).toContain('by Grace')
    expect(stdout).toContain('environment = prod')
    expect(stdout).toContain('120 entries · 120 succeeded')
    for (let page = 1; page <= pages; page++) expect(stdout).toContain(`page ${page} of ${pages}`)
  })

  it('is inert: no links, no scripts, no control characters', async () => {
    const { stdout } = await run('pdfinfo', ['-js', file])
    expect(stdout.trim()).toBe('')
    expect((await run('pdfinfo', ['-url', file])).stdout.trim().split('\n')).toHaveLength(1)
    const { stdout: text } = await run('pdftotext', [file, '-'])
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\u202e')
  })

  it('carries the entries and a signed statement with their hash, which is also printed', async () => {
    await run('pdfdetach', ['-saveall', '-o', folder, file])
    const lines = await readFile(join(folder, 'entries.jsonl'))
    const note = await readFile(join(folder, 'statement.note'), 'utf8')
    const sum = createHash('sha256').update(lines).digest('hex')
    expect(lines.toString('utf8').trim().split('\n')).toHaveLength(120)
    expect(note).toContain(`sha256 of entries.jsonl ${sum}\n`)
    expect(note).toContain('— test.key')
    expect((await run('pdftotext', [file, '-'])).stdout.replace(/\s/g, '')).toContain(sum)
  })

  it('refuses more entries than it can lay out, and names the other formats', async () => {
    await expect(write(pdfEntryLimit + 1)).rejects.toMatchObject({
      code: 'too_large',
      hint: expect.stringContaining('evidence package'),
    })
  })
})
