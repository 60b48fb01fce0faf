import { expect, it } from 'vitest'
import type { Silence } from '#preload/observability/silences.ts'
import { extendedEnd } from './extension.ts'
import { passes, silenceSearchOf } from './silence-search.ts'

const silence: Silence = {
  id: 'abc-1',
  target: 't',
  targetName: 'am-prod',
  environment: 'prod',
  state: 'active',
  matchers: [{ name: 'team', value: 'pay', isRegex: false, isEqual: true }],
  startsAt: '2025-06-01T10:00:00.000Z',
  endsAt: '2025-06-01T15:00:00.000Z',
  createdBy: 'ann',
  comment: 'Disk swap',
  updatedAt: '2025-06-01T10:00:00.000Z',
  suppressed: 1,
}

it('finds a silence by words of its matchers, comment, creator, target or id', () => {
  for (const text of ['', 'team="pay"', 'swap ann', 'AM-PROD disk', 'abc-1'])
    expect(passes(silence, text, null)).toBe(true)
  expect(passes(silence, 'swap bob', null)).toBe(false)
})

it('keeps to the environment of the shell, but for silences of this workspace', () => {
  expect(passes(silence, '', 'staging')).toBe(false)
  expect(passes({ ...silence, environment: null }, '', 'staging')).toBe(true)
})

it('reads its address, and drops what it cannot read', () => {
  expect(silenceSearchOf({ q: 12, expired: true })).toEqual({ q: '12', expired: true })
  expect(silenceSearchOf({ q: {}, expired: 'yes' })).toEqual({})
})

it('extends from the present end, never from one that has passed', () => {
  const now = Date.parse('2025-06-01T16:00:00Z')
  expect(extendedEnd('2025-06-01T17:00:00Z', 3_600, now)).toBe('2025-06-01T18:00:00.000Z')
  expect(extendedEnd('2025-06-01T15:00:00Z', 3_600, now)).toBe('2025-06-01T17:00:00.000Z')
})
