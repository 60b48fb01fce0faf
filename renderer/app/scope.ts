import { create } from 'zustand'
import { useClock } from '../ui/clock.ts'
import { type ResolvedRange, resolveRange, type TimeRange } from './time-range.ts'

/** What every screen is about: which environment, which time, and whether time goes on. */
export type Scope = {
  /** An environment's id; null is all of them. */
  readonly environment: string | null
  readonly range: TimeRange
  /** Epoch milliseconds at which time was stopped; null while live. */
  readonly pausedAt: number | null
}

export const defaultScope: Scope = { environment: null, range: { from: 'now-1h', to: 'now' }, pausedAt: null }

export const useScope = create<Scope>(() => defaultScope)

export const setScope = (scope: Partial<Scope>): void => useScope.setState(scope)

export const togglePaused = (): void =>
  useScope.setState(({ pausedAt }) => ({ pausedAt: pausedAt === null ? Date.now() : null }))

/** Search parameters of a scope; undefined where it is the default, so that a link says only what is special. */
export type ScopeSearch = {
  readonly env?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly paused?: string | undefined
}
export const scopeKeys = ['env', 'from', 'to', 'paused'] as const

export function scopeToSearch({ environment, range, pausedAt }: Scope): Required<ScopeSearch> {
  const usual = range.from === defaultScope.range.from && range.to === defaultScope.range.to
  return {
    env: environment ?? undefined,
    from: usual ? undefined : range.from,
    to: usual ? undefined : range.to,
    paused: pausedAt === null ? undefined : new Date(pausedAt).toISOString(),
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined

/** The scope parameters among any others; what cannot be read is left out. */
export function scopeSearchOf(search: Readonly<Record<string, unknown>>): ScopeSearch {
  const [env, from, to, paused] = scopeKeys.map((key) => textOf(search[key]))
  const range = from !== undefined && to !== undefined && resolveRange({ from, to }, Date.now()) !== null
  return {
    ...(env === undefined ? {} : { env }),
    ...(range ? { from, to } : {}),
    ...(paused !== undefined && Number.isFinite(Date.parse(paused)) ? { paused } : {}),
  }
}

/** The scope of an address; damaged parameters fall back to the default. */
export function searchToScope(search: Readonly<Record<string, unknown>>): Scope {
  const { env, from, to, paused } = scopeSearchOf(search)
  return {
    environment: env ?? null,
    range: from === undefined || to === undefined ? defaultScope.range : { from, to },
    pausedAt: paused === undefined ? null : Date.parse(paused),
  }
}

export const sameScope = (left: Scope, right: Scope): boolean =>
  JSON.stringify(scopeToSearch(left)) === JSON.stringify(scopeToSearch(right))

/** Both ends of the scope's range in epoch milliseconds, moving on in steps while live. Stable between steps. */
export function useResolvedRange(stepSeconds = 15): ResolvedRange {
  const range = useScope((scope) => scope.range)
  const pausedAt = useScope((scope) => scope.pausedAt)
  const step = stepSeconds * 1000
  const now = useClock((present) => pausedAt ?? Math.floor(present / step) * step)
  return resolveRange(range, now) ?? { from: now - 6 * 3_600_000, to: now }
}
