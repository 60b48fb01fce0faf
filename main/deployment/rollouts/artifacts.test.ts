import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Artifacts, openArtifacts } from './artifacts.ts'

let place: string
let folder: string
let artifacts: Artifacts
const { signal } = new AbortController()

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'framework0-artifacts-'))
  folder = join(place, 'build')
  mkdirSync(join(folder, 'lib'), { recursive: true })
  writeFileSync(join(folder, 'server.mjs'), 'one')
  writeFileSync(join(folder, 'lib', 'part.mjs'), 'two')
  artifacts = openArtifacts(join(place, 'kept'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function withLink(below: string): string {
  symlinkSync('/etc/passwd', join(below, 'passwd'))
  return below
}

it('keep a copy that later changes of the folder do not reach', async () => {
  const { digest, files, bytes } = await artifacts.add(folder, signal)
  expect([files, bytes]).toEqual([2, 6])
  writeFileSync(join(folder, 'server.mjs'), 'changed')
  expect(readFileSync(join(await artifacts.folderOf(digest), 'server.mjs'), 'utf8')).toBe('one')
})

it('keep the same content once, and tell other content, names and rights apart', async () => {
  const { digest } = await artifacts.add(folder, signal)
  expect((await artifacts.add(folder, signal)).digest).toBe(digest)
  expect(readdirSync(join(place, 'kept'))).toEqual([digest])
  chmodSync(join(folder, 'server.mjs'), 0o755)
  const executable = await artifacts.add(folder, signal)
  writeFileSync(join(folder, 'server.mjs'), 'eno')
  const other = await artifacts.add(folder, signal)
  expect(new Set([digest, executable.digest, other.digest]).size).toBe(3)
})

it.each([
  ['There is no folder', () => join(place, 'nothing')],
  ['holds no file', () => mkdirSync(join(place, 'empty'), { recursive: true }) ?? ''],
  ['is a link or a special file', () => withLink(folder)],
  ['holds the data of this application', () => place],
])('refuse what is no release, and leave nothing: %s', async (sentence, given) => {
  mkdirSync(join(place, 'kept'))
  const refused = { code: 'invalid', message: expect.stringContaining(sentence) }
  await expect(artifacts.add(given(), signal)).rejects.toMatchObject(refused)
  expect(readdirSync(join(place, 'kept'))).toEqual([])
})

it('say that the files of a version are gone', async () => {
  const { digest } = await artifacts.add(folder, signal)
  await artifacts.remove(digest)
  await expect(artifacts.folderOf(digest)).rejects.toMatchObject({ code: 'not_found' })
})
