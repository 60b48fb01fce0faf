import { randomUUID } from 'node:crypto'
import { constants, copyFile, link, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#preload/contract/error.ts'
import type { IntegrityProblem } from '#preload/security/audit-integrity.ts'
import { bodyOf, contradiction, parseNote } from './note.ts'
import type { AnchorPlace, Checkpoints } from './place.ts'

/** A note is a few hundred bytes; whatever is larger is none. */
const noteLimit = 64 * 1024

/** A folder, best one that is elsewhere and cannot be deleted from: a file `<size>.note` for each checkpoint, written once. */
export const folderPlace = (name: string, path: string, checkpoints: Checkpoints): AnchorPlace => ({
  async keep(batch, signal) {
    await explained(name, path, mkdir(path, { recursive: true }))
    for (const { size, note } of batch) {
      signal.throwIfAborted()
      await explained(name, path, writeOnce(name, path, `${size}.note`, note))
    }
    await explained(name, path, flushFolder(path))
    return batch.at(-1)?.size ?? 0
  },

  async verify(signal) {
    const problems: IntegrityProblem[] = []
    const files = (await explained(name, path, readdir(path))).filter((file) => /^\d{1,16}\.note$/.test(file))
    for (const file of files.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
      signal.throwIfAborted()
      const problem = await contradiction(await readNote(join(path, file)), `${file} in ${name}`, checkpoints)
      if (problem !== null) problems.push(problem)
    }
    return problems
  },
})

/** Appears whole or not at all, and never over another file: written and flushed under another name, then linked. */
async function writeOnce(name: string, folder: string, file: string, note: string): Promise<void> {
  const target = join(folder, file)
  const temporary = join(folder, `.${randomUUID()}.tmp`)
  try {
    const handle = await open(temporary, 'wx', 0o444)
    try {
      await handle.writeFile(note)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await appear(temporary, target)
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
    await expectSame(name, target, file, note)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Not every file share knows links; there an exclusive copy has to do, which a crash may leave in half. */
async function appear(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target)
  } catch (thrown) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(thrown))) throw thrown
    await copyFile(temporary, target, constants.COPYFILE_EXCL)
    const handle = await open(target, 'r')
    await handle.sync().finally(() => handle.close())
  }
}

async function expectSame(name: string, target: string, file: string, note: string): Promise<void> {
  const there = parseNote(await readNote(target))
  if (there?.text === bodyOf(note).text) return
  throw new AppError('conflict', `${name} has another checkpoint of this size already (${file}): the log was forked.`, {
    hint: 'Verify the log. Keep that file: it is evidence.',
  })
}

async function readNote(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    return (await handle.stat()).size > noteLimit ? '' : await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** The names in a folder are durable once the folder is flushed. Windows cannot and need not. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

async function explained<T>(name: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof AppError || codeOf(thrown) === '') throw thrown
    throw new AppError('unreachable', `${name} cannot use the folder ${path} (${codeOf(thrown)}).`, {
      hint: 'Check that it is mounted, that there is room, and that this user may write there.',
      cause: thrown,
    })
  }
}

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
