import { describe, expect, it } from 'vitest'
import type { Connection } from '#preload/fleet/connections.ts'
import { type Draft, draftOf, draftSchema, fieldAt, keptOf } from './draft.ts'

const blank: Draft = {
  ...draftOf(null),
  name: 'prod metrics',
  url: 'https://prometheus.example:9090',
  environment: 'prod',
}
const fresh = draftSchema(keptOf(null))

const stored: Connection = {
  id: '0190a000-0000-7000-8000-000000000000',
  kind: 'alertmanager',
  name: 'alerts',
  url: 'https://am.example/',
  environment: 'prod',
  enabled: true,
  auth: { kind: 'basic', username: 'reader' },
  tls: { hasKey: true, certificate: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----' },
  revision: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  state: {
    status: 'connected',
    since: '2026-01-01T00:00:00.000Z',
    lastSuccessAt: null,
    nextAttemptAt: null,
    failures: 0,
    error: null,
    version: null,
  },
}

/** The fields that have errors, with their first message. */
const errorsOf = (draft: Draft, schema = fresh): Record<string, string> => {
  const issues = schema.safeParse(draft).error?.issues ?? []
  return Object.fromEntries(issues.toReversed().map(({ path, message }) => [path.join('.'), message]))
}

describe('the draft of a connection', () => {
  it('becomes the input of the contract', () => {
    expect(fresh.parse({ ...blank, signIn: 'basic', username: 'reader', password: 's3cret' })).toEqual({
      kind: 'prometheus',
      name: 'prod metrics',
      url: 'https://prometheus.example:9090',
      environment: 'prod',
      auth: { kind: 'basic', username: 'reader', password: 's3cret' },
      tls: { ca: undefined, certificate: undefined, key: undefined },
    })
  })

  it('asks for every secret of a new connection at its field', () => {
    expect(errorsOf({ ...blank, signIn: 'basic' })).toEqual({
      username: 'Enter the user name.',
      password: 'Enter the secret.',
    })
    expect(errorsOf({ ...blank, signIn: 'bearer' })).toEqual({ token: 'Enter the secret.' })
    expect(errorsOf({ ...blank, signIn: 'header', headerName: 'not a name', headerValue: 'x' })).toEqual({
      headerName: 'A header name has letters, digits and dashes.',
    })
  })

  it('leaves out the secrets of an existing connection that nobody typed again', () => {
    const parsed = draftSchema(keptOf(stored)).parse(draftOf(stored))
    expect(parsed.auth).toEqual({ kind: 'basic', username: 'reader', password: undefined })
    expect(parsed.tls.key).toBeUndefined()
  })

  it('asks for the secret when an existing connection signs in another way', () => {
    const schema = draftSchema(keptOf(stored))
    expect(errorsOf({ ...draftOf(stored), signIn: 'bearer' }, schema)).toEqual({ token: 'Enter the secret.' })
  })

  it('refuses half of a client certificate, and what is no PEM', () => {
    expect(errorsOf({ ...blank, certificate: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----' })).toEqual({
      key: 'A client certificate needs its key.',
    })
    expect(Object.keys(errorsOf({ ...blank, ca: 'hello' }))).toEqual(['ca'])
  })

  it('takes the rules of the contract for name, address and environment', () => {
    expect(errorsOf({ ...blank, name: ' ', url: '', environment: 'Prod EU' })).toEqual({
      name: 'Name the connection.',
      url: 'Give the address.',
      environment: 'Use lower-case letters, digits and dashes.',
    })
  })

  it('finds the field that an error of the application names', () => {
    expect(fieldAt('auth.password')).toBe('password')
    expect(fieldAt('tls.key')).toBe('key')
    expect(fieldAt('name')).toBe('name')
    expect(fieldAt('matchers.0')).toBeNull()
  })
})
