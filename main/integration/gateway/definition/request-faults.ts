import type { FoundOperation, ParameterCheck } from './definition.ts'
import { readings, type TextTypes } from './text-types.ts'

export type RequestFault = {
  readonly in: 'path' | 'query' | 'header' | 'body'
  /** The parameter. */
  readonly name?: string
  /** Into the value, as a URI fragment (RFC 9457 §3). */
  readonly pointer: string
  readonly detail: string
}
export type RequestParts = {
  /** With its `?`; empty when there is none. */
  readonly query: string
  readonly header: (name: string) => string | undefined
}

const faultsAtMost = 20

/** What is wrong with the parameters of a request; at most one fault for each. */
export function parameterFaults({ check, values }: FoundOperation, { query, header }: RequestParts): RequestFault[] {
  const faults: RequestFault[] = []
  let fields: ReadonlyMap<string, readonly string[]> | null = null
  for (const parameter of check.parameters) {
    if (faults.length === faultsAtMost) break
    if (parameter.place === 'query') fields ??= queryFields(query)
    const texts = textsOf(parameter, values, fields, header)
    const fault =
      texts === null ? { pointer: '', detail: 'It is not encoded as it should be.' } : faultOf(parameter, texts)
    if (fault !== null)
      faults.push({ in: parameter.place, name: parameter.name, pointer: fragment(fault.pointer), detail: fault.detail })
  }
  return faults
}

export const fragment = (pointer: string): string => `#${encodeURI(pointer).replaceAll('#', '%23')}`

/** Undecodable text is kept as null, so that it cannot mean something else behind the gateway. */
function textsOf(
  { place, name }: ParameterCheck,
  values: ReadonlyMap<string, string>,
  fields: ReadonlyMap<string, readonly string[]> | null,
  header: (name: string) => string | undefined,
): readonly string[] | null {
  if (place === 'query') return fields?.get('\0') ? null : (fields?.get(name) ?? [])
  if (place === 'path') {
    const value = decoded(values.get(name) ?? '')
    return value === null ? null : [value]
  }
  const value = header(name)
  return value === undefined ? [] : [value]
}

function queryFields(query: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  for (const pair of query.slice(1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decoded((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '))
    const value = decoded((equals < 0 ? '' : pair.slice(equals + 1)).replaceAll('+', ' '))
    if (name === null || value === null) return new Map([['\0', []]])
    const known = fields.get(name)
    if (known) known.push(value)
    else fields.set(name, [value])
  }
  return fields
}

function decoded(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

type Found = { readonly pointer: string; readonly detail: string }

function faultOf(parameter: ParameterCheck, texts: readonly string[]): Found | null {
  const { required, list, allowEmpty, types, itemTypes, validate } = parameter
  if (texts.length === 0) return required ? { pointer: '', detail: 'It is missing.' } : null
  if (texts.length > 1 && list !== 'fields') return { pointer: '', detail: 'It is given more than once.' }
  const [text = ''] = texts
  if (allowEmpty && text === '' && texts.length === 1) return null
  if (list === 'no') return firstFault(readings(text, types), validate)
  const items = list === 'fields' ? texts : text === '' ? [] : text.split(',').map((each) => each.trim())
  return validate(items.map((each) => likeliest(each, itemTypes)))
}

function firstFault(values: readonly unknown[], validate: ParameterCheck['validate']): Found | null {
  let first: Found | null = null
  for (const value of values) {
    const fault = validate(value)
    if (fault === null) return null
    first ??= fault
  }
  return first
}

const likeliest = (text: string, types: TextTypes): unknown => readings(text, types)[0]
