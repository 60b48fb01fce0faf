import { AppError } from '#preload/contract/error.ts'

const readOnlyCodes: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''

/** A database or disk failure as a sentence and a way on; null when it is something else. */
export function storageError(thrown: unknown): AppError | null {
  const code = codeOf(thrown)
  if (code === 'SQLITE_FULL' || code === 'ENOSPC')
    return new AppError('storage', 'The disk is full, so nothing was saved.', {
      hint: 'Free some space in the data folder and try again.',
      cause: thrown,
    })
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new AppError('storage', 'The database is damaged.', {
      hint: 'Quit, and restore the newest file of the backups folder in the data folder.',
      retryable: false,
      cause: thrown,
    })
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || readOnlyCodes.has(code))
    return new AppError('storage', 'The data folder cannot be written, so nothing was saved.', {
      hint: 'Check the permissions of the data folder.',
      cause: thrown,
    })
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return new AppError('storage', 'The disk reported an error, so nothing was saved.', {
      hint: 'Check the disk; the log has the details.',
      cause: thrown,
    })
  return null
}
