import { describe, expect, it } from 'vitest'
import type { Identity } from '#preload/security/access.ts'
import { factorsText, groupRolesOf, matches, stateOf } from './person.ts'

const ana: Identity = {
  id: '01990000-0000-7000-8000-000000000001',
  kind: 'oidc',
  issuer: 'https://id.example.com',
  name: 'Ana Sre',
  email: 'ana@ops.test',
  groups: ['on-call'],
  assignedRoles: ['release-manager'],
  roles: ['sre', 'release-manager'],
  disabled: false,
  lockedUntil: null,
  factors: { totp: false, passkeys: [], recoveryCodesLeft: 0 },
  createdAt: '2026-01-01T00:00:00Z',
  lastSeenAt: null,
  revision: 1,
}
const now = Date.parse('2026-01-01T12:00:00Z')

describe('the state of a person', () => {
  it('is locked only until the lock ends', () => {
    expect(stateOf({ ...ana, lockedUntil: '2026-01-01T12:00:01Z' }, now)).toBe('locked')
    expect(stateOf({ ...ana, lockedUntil: '2026-01-01T11:59:59Z' }, now)).toBe('active')
  })

  it('is disabled whatever else holds', () => {
    expect(stateOf({ disabled: true, lockedUntil: '2026-01-01T13:00:00Z' }, now)).toBe('disabled')
  })
})

it('counts second factors in words', () => {
  const passkey = { id: 'a', name: 'Laptop', createdAt: '2026-01-01T00:00:00Z', lastUsedAt: null }
  expect(factorsText({ totp: true, passkeys: [passkey, passkey], recoveryCodesLeft: 1 })).toBe('app, 2 passkeys')
  expect(factorsText({ totp: false, passkeys: [passkey], recoveryCodesLeft: 1 })).toBe('1 passkey')
  expect(factorsText(ana.factors)).toBe('')
})

it('tells roles by group from roles that were given', () => {
  expect(groupRolesOf(ana)).toEqual(['sre'])
})

it.each([
  ['ana on-call', true],
  ['release manager', true],
  ['OpenID', true],
  ['ana auditor', false],
  ['', true],
])('finds a person by %j: %s', (text, found) => {
  expect(matches(text)(ana)).toBe(found)
})
