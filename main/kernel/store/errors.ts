import { AppError, type ErrorCode } from '#preload/contract/error.ts'

const readOnlyCodes: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''

/** A database or disk failure as a sentence and a way on; null when it is something else. */
export function storageError(thrown: unknown): AppError | null {
  const code = codeOf(thrown)
  if (isPostgresError(thrown)) return postgresError(code, thrown)
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

type Sentence = {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly retryable?: boolean
}

const askOwner = 'Ask whoever looks after the database server.'
const away: Sentence = {
  code: 'unreachable',
  message: 'The team workspace does not answer, so nothing was saved.',
  hint: 'Check the network and the database server; the application goes on by itself when it is back.',
}
const refusedSignIn: Sentence = {
  code: 'unauthenticated',
  message: 'The team workspace did not accept the user or the password.',
  hint: 'Check both; the server may also ask for a client certificate.',
}
const busy: Sentence = {
  code: 'conflict',
  message: 'Somebody changed the same thing at the same moment; nothing was saved.',
  hint: 'Try again.',
  retryable: true,
}
const notAllowed: Sentence = {
  code: 'forbidden',
  message: 'The user of the team workspace lacks a permission in the database.',
  hint: `${askOwner} The user needs to own the schema, or CREATE on the database.`,
}

/** By SQLSTATE (PostgreSQL 15, appendix A). */
const sentences: Readonly<Record<string, Sentence>> = {
  '53100': {
    code: 'storage',
    message: 'The disk of the team workspace is full, so nothing was saved.',
    hint: askOwner,
  },
  '53200': { code: 'storage', message: 'The database server is out of memory, so nothing was saved.', hint: askOwner },
  '53300': { ...away, message: 'The team workspace takes no more connections, so nothing was saved.', hint: askOwner },
  '57P01': away,
  '57P02': away,
  '57P03': away,
  '57P05': away,
  '25P03': away,
  '57014': {
    code: 'timeout',
    message: 'The team workspace took too long, so nothing was saved.',
    hint: 'Try again; the database server may be overloaded.',
  },
  '55P03': { ...busy, code: 'timeout', message: 'Somebody else holds what this needs; nothing was saved.' },
  '40001': busy,
  '40P01': busy,
  '25006': {
    code: 'storage',
    message: 'The team workspace is read-only, so nothing was saved.',
    hint: `The server may be a standby. ${askOwner}`,
  },
  '28000': refusedSignIn,
  '28P01': refusedSignIn,
  '3D000': {
    code: 'not_found',
    message: 'There is no such database on the server of the team workspace.',
    hint: 'Check its name, or have it created.',
  },
  '42501': notAllowed,
  '22021': {
    code: 'invalid',
    message: 'The text holds a character that the team workspace cannot keep.',
    hint: 'Remove control characters from it.',
  },
}

/** An error that the server told: pg gives those a severity and a five-character SQLSTATE. */
export const isPostgresError = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'severity' in thrown && /^[0-9A-Z]{5}$/.test(codeOf(thrown))

function postgresError(code: string, cause: unknown): AppError | null {
  const found = sentences[code] ?? (code.startsWith('08') ? away : null)
  return found && sentence(found, cause)
}

function sentence({ code, message, hint, retryable }: Sentence, cause: unknown): AppError {
  return new AppError(code, message, { hint, cause, ...(retryable === undefined ? {} : { retryable }) })
}

/** The team workspace is away and nothing of the action has reached it, so that it can be tried again. */
export const workspaceAway = (cause: unknown): AppError => sentence(away, cause)

/** The connection was lost after a change was sent and before its outcome was known. Never retried by itself. */
export const outcomeUnknown = (cause: unknown): AppError =>
  new AppError('unreachable', 'It is not known whether this was saved; look before you repeat it.', {
    hint: 'The connection to the team workspace was lost at that very moment.',
    retryable: false,
    cause,
  })
