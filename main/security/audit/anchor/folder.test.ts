import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CheckpointLog, checkpointLog, checkpointOf, signal } from './anchor.fixture.ts'
import { folderPlace } from './folder.ts'

let root: string
let folder: string
let log: CheckpointLog
const place = () => folderPlace('Share', folder, log.port)

describe('a folder of checkpoints', () => {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'framework0-anchor-'))
    folder = join(root, 'notes')
    log = checkpointLog()
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('gets a file for each checkpoint, read-only, and nothing else', async () => {
    const [first] = log.add(3, 5)
    expect(await place().keep(log.add(8), signal())).toBe(8)
    await place().keep([checkpointOf(3), checkpointOf(5)], signal())
    expect((await readdir(folder)).sort()).toEqual(['3.note', '5.note', '8.note'])
    expect(await readFile(join(folder, '3.note'), 'utf8')).toBe(first?.note)
    expect((await stat(join(folder, '3.note'))).mode & 0o222).toBe(0)
    expect(await place().verify(signal())).toEqual([])
  })

  it('is asked for the same checkpoint twice without harm', async () => {
    await place().keep(log.add(3), signal())
    await place().keep([checkpointOf(3)], signal())
    expect(await readdir(folder)).toEqual(['3.note'])
  })

  it('never replaces another checkpoint of the same size: that is a fork', async () => {
    await place().keep(log.add(3), signal())
    const forged = checkpointOf(3, 'forged')
    await expect(place().keep([forged], signal())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('the log was forked'),
    })
    expect(await readFile(join(folder, '3.note'), 'utf8')).toBe(checkpointOf(3).note)
    expect(await readdir(folder)).toEqual(['3.note'])
  })

  it('names a fork and a cut end, each with the file that proves it', async () => {
    await place().keep(log.add(3, 8), signal())
    log.truncate(5)
    expect(await place().verify(signal())).toEqual([
      { kind: 'truncation', sequence: null, reason: expect.stringMatching(/^8\.note in Share vouches for 8 entries/) },
    ])
    log.rewrite()
    expect((await place().verify(signal())).map(({ kind }) => kind)).toEqual(['fork', 'truncation'])
  })

  it('accuses nobody by a file that this log never signed', async () => {
    await place().keep(log.add(3), signal())
    await writeFile(join(folder, '9.note'), checkpointOf(9).note.replace('\n9\n', '\n99\n'))
    await writeFile(join(folder, 'other.txt'), 'hello')
    expect(await place().verify(signal())).toEqual([
      {
        kind: 'signature',
        sequence: null,
        reason: expect.stringMatching(/^9\.note in Share is not a checkpoint signed/),
      },
    ])
  })

  it('follows no link that somebody put there', async () => {
    await place().keep(log.add(3), signal())
    await symlink('/etc/hostname', join(folder, '4.note'))
    await expect(place().verify(signal())).rejects.toMatchObject({ message: expect.stringContaining('ELOOP') })
  })

  it('says so when the folder cannot be used', async () => {
    await writeFile(folder, 'a file')
    await expect(place().keep(log.add(3), signal())).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^Share cannot use the folder .* \((EEXIST|ENOTDIR)\)\.$/),
    })
    await chmod(root, 0o755)
  })
})
