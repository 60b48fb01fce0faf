import type { BodyCheck } from './definition.ts'
import { readJson } from './json-text.ts'
import { isJson } from './operations.ts'
import { fragment, type RequestFault } from './request-faults.ts'
import type { Validator } from './validators.ts'

export type BodyVerdict =
  /** Nothing of the body is looked at. */
  | { readonly kind: 'pass' }
  | { readonly kind: 'read'; readonly validate: Validator }
  | { readonly kind: 'unsupported'; readonly detail: string }
  | { readonly kind: 'missing' }

const pass: BodyVerdict = { kind: 'pass' }

/** What is to be done with the body of a request, from its header alone. */
export function bodyVerdict(
  { required, types }: BodyCheck,
  given: { readonly has: boolean; readonly type: string | undefined; readonly encoding: string | undefined },
): BodyVerdict {
  if (!given.has) return required ? { kind: 'missing' } : pass
  if (types.length === 0) return pass
  const [type = '', ...settings] = (given.type ?? '')
    .toLowerCase()
    .split(';')
    .map((each) => each.trim())
  const found = types.find(({ range }) => fits(range, type))
  if (!found) return { kind: 'unsupported', detail: `The body must be ${listed(types.map(({ range }) => range))}.` }
  if (found.validate === null || !isJson(type)) return pass
  if (given.encoding !== undefined && given.encoding.toLowerCase() !== 'identity')
    return { kind: 'unsupported', detail: 'The body must not be compressed, since it is checked.' }
  const charset = settings
    .find((each) => each.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'us-ascii')
    return { kind: 'unsupported', detail: 'The body must be UTF-8.' }
  return { kind: 'read', validate: found.validate }
}

const fits = (range: string, type: string): boolean =>
  range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))

const listed = (ranges: readonly string[]): string => ranges.slice(0, 5).join(' or ')

export const missingBody: RequestFault = { in: 'body', pointer: '#', detail: 'It is missing.' }

/** What is wrong with a whole body; null where nothing is. */
export function bodyFault(bytes: Uint8Array, validate: Validator): RequestFault | null {
  const read = readJson(bytes)
  if (read.kind === 'wrong') return { in: 'body', pointer: '#', detail: read.detail }
  const fault = validate(read.value)
  return fault && { in: 'body', pointer: fragment(fault.pointer), detail: fault.detail }
}
