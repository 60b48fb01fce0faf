import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CheckpointLog, checkpointLog, checkpointOf, signal } from './anchor.fixture.ts'
import { gitPlace } from './git.ts'

const run = promisify(execFile)
let root: string
let bare: string
let log: CheckpointLog
const place = (mirror = 'mirror', repository = bare) =>
  gitPlace({ name: 'Evidence', repository, branch: 'main' }, join(root, mirror), log.port)
const inBare = async (...args: readonly string[]) => (await run('git', ['--git-dir', bare, ...args])).stdout.trim()
const files = async () => (await inBare('ls-tree', '-r', '--name-only', 'main')).split('\n')

/** Somebody else with a clone. */
async function elsewhere(...commands: readonly (readonly string[])[]): Promise<void> {
  const clone = join(root, 'clone')
  await rm(clone, { recursive: true, force: true })
  await run('git', ['clone', '--quiet', '--branch', 'main', bare, clone])
  await writeFile(join(clone, 'README'), String(Math.random()))
  const identity = ['-c', 'user.name=Eve', '-c', 'user.email=eve@example.com']
  for (const command of commands) await run('git', [...identity, '-C', clone, ...command])
}

describe('a Git repository of checkpoints', () => {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'framework0-git-'))
    bare = join(root, 'evidence.git')
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
    log = checkpointLog()
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('gets a commit for each checkpoint', async () => {
    expect(await place().keep(log.add(3, 5), signal())).toBe(5)
    await place().keep(log.add(8), signal())
    expect(await files()).toEqual(['checkpoints/3.note', 'checkpoints/5.note', 'checkpoints/8.note'])
    expect((await inBare('log', '--format=%s %at', 'main')).split('\n')[0]).toBe(
      `Checkpoint of 8 entries ${Date.UTC(2026, 0, 1, 0, 0, 8) / 1_000}`,
    )
    expect(await inBare('rev-list', '--count', 'main')).toBe('3')
    expect(`${await inBare('cat-file', 'blob', 'main:checkpoints/8.note')}\n`).toBe(checkpointOf(8).note)
    expect(await place().verify(signal())).toEqual([])
  })

  it('commits nothing twice', async () => {
    await place().keep(log.add(3), signal())
    await place().keep([checkpointOf(3)], signal())
    expect(await inBare('rev-list', '--count', 'main')).toBe('1')
  })

  it('stands beside what others push there', async () => {
    await place().keep(log.add(3), signal())
    await elsewhere(['add', '.'], ['commit', '--quiet', '-m', 'x'], ['push', '--quiet'])
    await place().keep(log.add(5), signal())
    expect(await files()).toEqual(['README', 'checkpoints/3.note', 'checkpoints/5.note'])
  })

  it('goes on from the repository when its own copy is lost', async () => {
    await place().keep(log.add(3), signal())
    await place('fresh').keep(log.add(5), signal())
    expect(await files()).toEqual(['checkpoints/3.note', 'checkpoints/5.note'])
  })

  it('notices that the branch was rewritten there, and adds nothing to it', async () => {
    await place().keep(log.add(3), signal())
    await elsewhere(
      ['checkout', '--quiet', '--orphan', 'new'],
      ['rm', '--quiet', '-r', '--cached', 'checkpoints'],
      ['add', 'README'],
      ['commit', '--quiet', '-m', 'x'],
      ['push', '--quiet', '--force', 'origin', 'new:main'],
    )
    await expect(place().keep(log.add(5), signal())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('was rewritten'),
    })
    expect(await place().verify(signal())).toMatchObject([{ kind: 'fork' }])
    expect(await files()).toEqual(['README'])
  })

  it('refuses to add to a fork, and names forks and cut ends', async () => {
    await place().keep(log.add(3, 8), signal())
    await expect(place('other').keep([checkpointOf(3, 'forged')], signal())).rejects.toMatchObject({ code: 'conflict' })
    log.truncate(5)
    expect(await place().verify(signal())).toMatchObject([
      { kind: 'truncation', reason: expect.stringMatching(/^checkpoints\/8\.note in Evidence vouches for 8 entries/) },
    ])
    log.rewrite()
    expect((await place().verify(signal())).map(({ kind }) => kind)).toEqual(['fork', 'truncation'])
  })

  it('says so when there is no such repository, and can be cancelled', async () => {
    const missing = join(root, 'missing.git')
    await expect(place('mirror', missing).keep(log.add(3), signal())).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^Evidence: git ls-remote failed: .*missing\.git/),
    })
    const controller = new AbortController()
    controller.abort()
    await expect(place().keep(log.add(5), controller.signal)).rejects.toMatchObject({ code: 'cancelled' })
  })
})
