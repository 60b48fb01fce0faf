import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { storageError } from '#main/kernel/store/errors.ts'
import { AppError } from '#preload/contract/error.ts'

export type Artifact = { readonly digest: string; readonly files: number; readonly bytes: number }

export type Artifacts = {
  /**
   * Keeps a copy of a folder under the digest of what is in it; the same content is kept once.
   * @throws AppError `invalid` for what is no folder, is empty, or holds links or other special files.
   */
  readonly add: (folder: string, signal: AbortSignal) => Promise<Artifact>
  /** Where the copy is. @throws AppError `not_found` when it is not there any more. */
  readonly folderOf: (digest: string) => Promise<string>
  readonly remove: (digest: string) => Promise<void>
}

const mostFiles = 50_000

type File = { readonly path: string; readonly mode: number; readonly size: number }

/** Copies of what was released, each in a folder named by its digest; nothing writes into them again. */
export function openArtifacts(root: string): Artifacts {
  const placeOf = (digest: string): string => join(root, digest)
  const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null

  const copy = async (folder: string, signal: AbortSignal): Promise<Artifact> => {
    await mkdir(root, { recursive: true, mode: 0o700 })
    const fresh = await mkdtemp(join(root, 'new-'))
    try {
      // The copy is what is measured: the folder may change while it is read.
      await cp(folder, fresh, { recursive: true, errorOnExist: false, verbatimSymlinks: true })
      signal.throwIfAborted()
      const files = await filesOf(fresh)
      const artifact = await digestOf(fresh, files, signal)
      if (await exists(placeOf(artifact.digest))) await rm(fresh, { recursive: true, force: true })
      else await rename(fresh, placeOf(artifact.digest))
      return artifact
    } catch (thrown) {
      await rm(fresh, { recursive: true, force: true })
      throw storageError(thrown) ?? thrown
    }
  }

  return {
    async add(folder, signal) {
      const place = await realpath(folder).catch(() => folder)
      const found = await stat(place).catch(() => null)
      if (!found?.isDirectory())
        throw new AppError('invalid', `There is no folder ${folder} on this machine.`, {
          hint: 'Give the folder that holds the built program.',
          at: 'folder',
        })
      const kept = await realpath(root).catch(() => root)
      if (`${kept}${sep}`.startsWith(`${place}${sep}`))
        throw new AppError('invalid', 'This folder holds the data of this application.', { at: 'folder' })
      await filesOf(place)
      return copy(place, signal)
    },
    async folderOf(digest) {
      if (await exists(placeOf(digest))) return placeOf(digest)
      throw new AppError('not_found', 'The files of this version are not kept on this machine.', {
        hint: 'Add the version again here.',
      })
    },
    remove: (digest) => rm(placeOf(digest), { recursive: true, force: true }),
  }
}

/** All files below a folder in the order of their paths. Links are refused: they may lead anywhere. */
async function filesOf(root: string): Promise<File[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files: File[] = []
  for (const entry of entries) {
    if (entry.isDirectory()) continue
    const full = join(entry.parentPath, entry.name)
    const path = relative(root, full).split(sep).join('/')
    if (!entry.isFile())
      throw new AppError('invalid', `${path} is a link or a special file, which a release cannot hold.`, {
        hint: 'Put the file itself in its place.',
        at: 'folder',
      })
    const { mode, size } = await lstat(full)
    files.push({ path, mode, size })
    if (files.length > mostFiles)
      throw new AppError('invalid', `The folder holds more than ${mostFiles} files.`, {
        hint: 'Bundle the program, or give a folder that holds only what it needs.',
        at: 'folder',
      })
  }
  if (files.length === 0) throw new AppError('invalid', 'The folder holds no file.', { at: 'folder' })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** SHA-256 over each file's path, whether it may be executed, its length and its content. */
async function digestOf(root: string, files: readonly File[], signal: AbortSignal): Promise<Artifact> {
  const digest = createHash('sha256')
  let bytes = 0
  for (const { path, mode, size } of files) {
    const executable = (mode & 0o100) !== 0
    digest.update(`${JSON.stringify([path, executable, size])}\n`)
    await pipeline(createReadStream(join(root, path)), digest, { end: false, signal })
    await chmod(join(root, path), executable ? 0o500 : 0o400)
    bytes += size
  }
  return { digest: digest.digest('hex'), files: files.length, bytes }
}
