import { hash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '#preload/contract/error.ts'
import type { WorkspacePlace } from '../store/place.ts'
import type { NoteKey } from './note.ts'

/** What was seen of a log, kept outside its database. */
export type Seen = {
  /** The key that signed first. Another one is not believed. */
  readonly key: NoteKey
  /** The newest signed checkpoints, oldest first. */
  readonly notes: readonly string[]
}

/**
 * Remembers the newest checkpoints beside the database, not in it: whoever cuts the log, puts an older copy in its
 * place, rewrites it whole or signs it with a key of their own is caught by what is remembered here. Each machine that
 * shares a workspace has its own.
 */
export type Witness = {
  /** @throws AppError `storage` when what is remembered cannot be read: that is not the same as remembering nothing. */
  readonly read: () => Seen | null
  readonly add: (note: string, key: NoteKey) => void
  /** The log of another place has moved to this one: what was seen of it there holds here from now on, and nothing else. */
  readonly succeed: (seen: Seen | null) => void
}

/** The file for a workspace: by where it is, never by what is in it. */
export function witnessName(place: WorkspacePlace): string {
  if (place.kind === 'sqlite') return 'workspace.json'
  const { host, port, database, schema } = place.settings
  return `team-${hash('sha256', `${host}:${port}/${database}/${schema}`, 'hex').slice(0, 16)}.json`
}

const notesKept = 100

/** @param path a file of this workspace's place; its name must not depend on what the database says. */
export function openWitness(path: string): Witness {
  const read = (): Seen | null => {
    try {
      return JSON.parse(readFileSync(path, 'utf8'))
    } catch (thrown) {
      if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ENOENT') return null
      throw new AppError('storage', `The remembered checkpoints in ${path} cannot be read.`, {
        hint: 'Restore the file from a backup of the data folder; without it a cut log is not noticed.',
        retryable: false,
        cause: thrown,
      })
    }
  }
  return {
    read,
    add(note, key) {
      const before = read()
      const notes = [...(before?.notes ?? []), note].slice(-notesKept)
      replaceFile(path, textOf({ key: before?.key ?? key, notes }))
    },
    succeed(seen) {
      if (seen) replaceFile(path, textOf(seen))
      else rmSync(path, { force: true })
    },
  }
}

/** A witness that remembers nothing, where no folder is. */
export const noWitness: Witness = { read: () => null, add: () => {}, succeed: () => {} }

const textOf = (seen: Seen): string => JSON.stringify(seen, null, 2)

/** Writes a file of the owner's, whole or not at all, and waits until it is on disk. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.new`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
  if (process.platform === 'win32') return // a directory cannot be opened there
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
