import { describe, expect, it } from 'vitest'
import { defaultScope, type Scope, sameScope, scopeToSearch, searchToScope } from './scope.ts'
import { labelOfRange, parseInstant, resolveRange, zoomedOut } from './time-range.ts'

const now = Date.UTC(2025, 0, 31, 12, 0, 0)

describe('time range', () => {
  it('reads relative and absolute instants', () => {
    expect(parseInstant('now', now)).toBe(now)
    expect(parseInstant('now-90m', now)).toBe(now - 90 * 60_000)
    expect(parseInstant('now-2w', now)).toBe(now - 14 * 86_400_000)
    expect(parseInstant('2025-01-31T11:00:00Z', now)).toBe(now - 3_600_000)
    expect(parseInstant('2025-01-31 11:00', now)).toBe(new Date(2025, 0, 31, 11).getTime())
    expect(parseInstant('2025-01-31', now)).toBe(new Date(2025, 0, 31).getTime())
  })
  it.each(['', 'yesterday', 'now-', 'now-5y', 'now+5m', '2025-13-45', '5'])('refuses %j', (text) =>
    expect(parseInstant(text, now)).toBeNull(),
  )
  it('refuses a range that is empty or backwards', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, now)).toBeNull()
    expect(resolveRange({ from: 'now-1h', to: 'now' }, now)).toEqual({ from: now - 3_600_000, to: now })
  })
  it('zooms out around the middle, but not into the future', () => {
    expect(zoomedOut({ from: 'now-2h', to: 'now' }, now)).toEqual({
      from: '2025-01-31T09:00:00.000Z',
      to: '2025-01-31T12:00:00.000Z',
    })
  })
  it('calls ranges by name', () => {
    expect(labelOfRange({ from: 'now-6h', to: 'now' })).toBe('Last 6 hours')
    expect(labelOfRange({ from: 'now-7h', to: 'now-1h' })).toBe('now-7h → now-1h')
    const day = { from: new Date(2025, 0, 31, 9).toISOString(), to: new Date(2025, 0, 31, 10, 30).toISOString() }
    expect(labelOfRange(day)).toBe('2025-01-31 09:00 → 10:30')
  })
})

describe('scope in the address', () => {
  it('comes back as it went', () => {
    const scope: Scope = { environment: 'prod', range: { from: 'now-1h', to: 'now' }, pausedAt: now }
    expect(searchToScope(scopeToSearch(scope))).toEqual(scope)
  })
  it('leaves defaults out of the address', () => {
    expect(Object.values(scopeToSearch(defaultScope)).every((value) => value === undefined)).toBe(true)
    expect(sameScope(searchToScope({}), defaultScope)).toBe(true)
  })
  it('survives a damaged address', () => {
    expect(searchToScope({ env: 5, from: 'now-1h', to: '<script>', paused: 'soon' })).toEqual(defaultScope)
    expect(searchToScope({ from: 'now', to: 'now-1h', env: 'x'.repeat(500) })).toEqual(defaultScope)
  })
})
