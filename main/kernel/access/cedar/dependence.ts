import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

/** What that changes by itself a policy looks at; a decision may be remembered only while none of it changes. */
export type Dependence = {
  /** Seconds: 1 for the very second, 60 for the minute, 3600 for the hour, 86400 for the day; null: not on the time. */
  readonly every: number | null
  readonly proof: boolean
  readonly source: boolean
}

export const independent: Dependence = { every: null, proof: false, source: false }

const timeAttributes: Readonly<Record<string, number>> = { now: 1, minuteOfDay: 60, hour: 3_600, weekday: 86_400 }

export const together = (a: Dependence, b: Dependence): Dependence => ({
  every: a.every === null ? b.every : b.every === null ? a.every : Math.min(a.every, b.every),
  proof: a.proof || b.proof,
  source: a.source || b.source,
})

/**
 * Reads off a policy (Cedar's JSON form) which changing attributes its conditions name. Whatever record the attribute is
 * taken of, and the whole context used as a value, count: to remember too little is slow, too much is wrong.
 */
export function dependenceOf({ conditions }: PolicyJson): Dependence {
  const found = { every: Number.POSITIVE_INFINITY, proof: false, source: false }
  const attribute = (name: unknown): void => {
    if (typeof name !== 'string') return
    found.every = Math.min(found.every, timeAttributes[name] ?? Number.POSITIVE_INFINITY)
    if (name === 'proven' || name === 'provenSecondsAgo') found.proof = true
    if (name === 'source') found.source = true
  }
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) walk(item)
    else if (typeof node === 'object' && node !== null) walkNode(node as Readonly<Record<string, unknown>>)
  }
  const walkNode = (node: Readonly<Record<string, unknown>>): void => {
    if (node.Var === 'context') Object.assign(found, { every: 1, proof: true, source: true })
    const access = node.Record === undefined ? (node['.'] ?? node.has) : undefined
    if (access === undefined) for (const value of Object.values(node.Record ?? node)) walk(value)
    else {
      const { left, attr } = access as { left: { Var?: unknown }; attr: unknown }
      for (const name of Array.isArray(attr) ? attr : [attr]) attribute(name)
      if (left.Var !== 'context') walk(left)
    }
  }
  walk(conditions)
  return { ...found, every: Number.isFinite(found.every) ? found.every : null }
}
