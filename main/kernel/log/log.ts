import { mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'

type Fields = Readonly<Record<string, unknown>>

/** The structured log: JSON lines. Fields are data, never part of the message. */
export type Log = {
  readonly info: (message: string, fields?: Fields) => void
  readonly warn: (message: string, fields?: Fields) => void
  readonly error: (message: string, fields?: Fields) => void
}

/** Field names whose value never reaches the log, wherever they are nested. The schema redacts first; this is the net. */
const secretName = /^(authorization|cookie|password|passphrase|secret|token|key|privatekey|set-cookie)$/i
const urlCredentials = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi
const credentials = /\b(bearer|basic)\s+[a-z0-9+/=._~-]{6,}/gi
const textKept = 4_000
const rotateAtBytes = 10_000_000

/** Opens the log file, moving one that has grown past 10 MB to `<file>.1`. Owner-only. */
export function openLog(file: string): Log {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > rotateAtBytes) renameSync(file, `${file}.1`)
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 })
  destination.on('error', () => {}) // a full disk must cost log lines, not the application
  return createLog(destination)
}

export function createLog(destination: { write: (line: string) => void }): Log {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: Fields = {}): void =>
      logger[level](scrub(fields, 0) as object, scrubText(message))
  return { info: write('info'), warn: write('warn'), error: write('error') }
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > 6) return '[deep]'
  if (value instanceof Error)
    return {
      name: value.name,
      message: scrubText(value.message),
      stack: scrubText(value.stack ?? ''),
      ...(value.cause === undefined ? {} : { cause: scrub(value.cause, depth + 1) }),
    }
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => scrub(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, secretName.test(key) ? '[secret]' : scrub(member, depth + 1)]),
  )
}

const scrubText = (text: string): string =>
  text.slice(0, textKept).replace(urlCredentials, '$1[secret]@').replace(credentials, '$1 [secret]')

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
