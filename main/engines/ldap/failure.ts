import { connectionFailure } from '#main/engines/http/failure.ts'
import { cleanText } from '#main/engines/http/server-text.ts'
import { AppError } from '#preload/contract/error.ts'
import type { LdapAddress } from './settings.ts'

export const directoryName = 'The directory'

/** LDAP result codes (RFC 4511, appendix A.2) that mean something to a person. */
const results: Readonly<Record<number, readonly [string, string]>> = {
  8: ['wants a stronger way to sign in', 'Use ldaps:// or StartTLS.'],
  10: ['refers to another directory, which is not followed', 'Use the address of that directory, or another base DN.'],
  11: ['finds more than it may answer', 'Narrow the base DN or the filter.'],
  13: ['wants encryption first', 'Use ldaps:// or StartTLS.'],
  32: ['has nothing at this base DN', 'Check the base DN, and what the account may read.'],
  34: ['does not understand a DN in the settings', 'Write DNs like ou=people,dc=example,dc=com.'],
  50: ['does not allow this account to read that', 'Give the account the right to search people and groups.'],
  51: ['is busy', 'Try again shortly.'],
  52: ['is not available at the moment', 'Try again shortly.'],
  53: ['is not willing to do this', 'Look at its log.'],
}

/** What went wrong between us and the directory, from errors of Node and ldapts. */
export function directoryFailure(address: LdapAddress, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const code = resultCodeOf(thrown)
  if (code !== null) {
    const [says, hint] = results[code] ?? [`refused (LDAP result ${code})`, 'Look at its log.']
    const temporary = code === 51 || code === 52
    return new AppError(temporary ? 'unreachable' : 'refused', `${directoryName} ${says}.`, { hint, cause: thrown })
  }
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  const url = new URL(`${address.security === 'none' ? 'http' : 'https'}://${host}:${address.port}`)
  const failure = connectionFailure(directoryName, url, hasCode(thrown) ? thrown : closed)
  // Its hints speak of URLs of the web.
  const hint = /https?:/.test(failure.hint ?? '')
    ? 'Check the port, and whether it wants ldaps:// or StartTLS.'
    : failure.hint
  return new AppError(failure.code, failure.message, { hint, retryable: failure.retryable, cause: thrown })
}

export const invalidCredentials = 49

/** The result code of an ldapts error, which is a number; those of Node are texts. */
export const resultCodeOf = (thrown: unknown): number | null =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : null

/** ldapts reports a connection that ended under a request without any code. */
const closed = Object.assign(new Error('closed'), { code: 'ECONNRESET' })

const hasCode = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown

/** A DN or name of the directory, fit for a sentence. */
export const shownName = (text: string): string => cleanText(text, [])
