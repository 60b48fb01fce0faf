import type { z } from 'zod'
import { AppError, type InputProblem } from './error.ts'

type Path = readonly PropertyKey[]

/** What forms call it, where the name in the contract is another. */
const labels: Readonly<Record<string, string>> = {
  replicas: 'instances',
  stopGraceSeconds: 'seconds to end in',
  memoryMegabytes: 'memory limit, MB',
  cpuPercent: 'CPU limit, percent of one',
  weight: 'percent',
  mirrorPercent: 'copies sent to it, percent',
  pause: 'wait',
  keepWarmSeconds: 'seconds the old set stays warm',
  minimumSamples: 'requests at least',
  max: 'fails above',
}

const wordsOf = (name: string): string =>
  labels[name] ?? name.replace(/([a-z\d])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`)

/** `strategy.steps.0.weight` → `Strategy, step 1, percent`. */
function labelOf(path: Path): string {
  const words: string[] = []
  for (const part of path) {
    const last = words.pop()
    if (typeof part === 'number' && last !== undefined) words.push(`${last.replace(/s$/, '')} ${part + 1}`)
    else words.push(...(last === undefined ? [] : [last]), wordsOf(String(part)))
  }
  const whole = words.join(', ')
  return whole.charAt(0).toUpperCase() + whole.slice(1)
}

/** More are not read by anybody. */
const mostTold = 20

/** All that is wrong with an input, one sentence for each place. */
export function inputError({ issues }: z.ZodError): AppError {
  const byPlace = new Map<string, InputProblem>()
  for (const { path, message } of issues) {
    const at = path.join('.')
    if (!byPlace.has(at)) byPlace.set(at, { at, label: labelOf(path), message })
  }
  const problems = [...byPlace.values()].slice(0, mostTold)
  const told = problems.map(({ label, message }) => (label === '' ? message : `${label}: ${message}`))
  return new AppError('invalid', told.join(' ') || 'The input is wrong.', { at: problems[0]?.at ?? '', problems })
}

/** Whether a number is in it that JSON would make null of: that would be `nothing` to whoever reads it. */
export function hasNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return Object.values(value).some(hasNoNumber)
}
