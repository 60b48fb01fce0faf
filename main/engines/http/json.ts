import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'

/** How many items are validated before the event loop gets a turn. */
const chunk = 500

/** How far the position of a syntax error is looked for. */
const searched = 1024 * 1024

/** `text` as JSON (RFC 8259). Throws `unsupported` with the position (`at`, a character offset) of what is wrong. */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const offset = errorOffset(text, error)
    const where = offset === null ? 'far into the answer' : `at character ${offset}`
    throw new AppError('unsupported', `${name} answered with malformed JSON: it breaks off or goes wrong ${where}.`, {
      hint: 'The answer may have been cut or changed on its way: look at any proxy between.',
      at: offset === null ? undefined : String(offset),
    })
  }
}

/**
 * V8 tells the position of most syntax errors, but not of an unexpected token. Then the shortest prefix that is
 * wrong in itself, rather than merely unfinished, ends at the error: found by doubling and bisecting.
 */
function errorOffset(text: string, error: unknown): number | null {
  const told = positionIn(error, text.length)
  if (told !== null) return told
  let [good, bad] = [0, 64]
  while (bad < text.length && !isWrong(text.slice(0, bad))) [good, bad] = [bad, bad * 2]
  if (bad > searched * 2) return null
  bad = Math.min(bad, text.length)
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isWrong(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return bad - 1
}

function isWrong(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return false
  } catch (error) {
    const position = positionIn(error, prefix.length)
    return position === null || position < prefix.length
  }
}

function positionIn(error: unknown, length: number): number | null {
  const message = error instanceof Error ? error.message : ''
  if (message.includes('end of JSON input')) return length
  const told = /at position (\d+)/.exec(message)?.[1]
  return told === undefined ? null : Number(told)
}

/** `value` by `schema`; throws `unsupported` naming the first path that differs, what was expected and what was found. */
export function checkShape<T>(
  name: string,
  schema: z.ZodType<T>,
  value: unknown,
  prefix: readonly PropertyKey[] = [],
): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = [...prefix, ...(issue?.path ?? [])].map(String).join('.')
  const found = kindOf(issue === undefined ? value : valueAt(value, issue.path))
  const expected = issue?.code === 'invalid_type' ? issue.expected : (issue?.message ?? 'something else')
  throw new AppError(
    'unsupported',
    `${name} answered in a form this application does not know: ${path === '' ? 'the answer' : path} should be ${expected}, but is ${found}.`,
    { hint: 'It may be another product, or a version that is too old or too new.', at: path },
  )
}

/**
 * Each item of a long list by `schema`, in chunks between which the event loop gets a turn.
 * Throws as `checkShape` does, and `cancelled` once `signal` is aborted.
 */
export async function checkEach<T>(
  name: string,
  schema: z.ZodType<T>,
  items: readonly unknown[],
  options: { readonly path?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly T[]> {
  const checked: T[] = []
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % chunk === 0) await nextTurn()
    if (options.signal?.aborted) throw new AppError('cancelled', 'The request was cancelled.')
    checked.push(checkShape(name, schema, item, options.path === undefined ? [index] : [options.path, index]))
  }
  return checked
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )
}

/** Never the value itself: it may be long, or not ours to show. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
