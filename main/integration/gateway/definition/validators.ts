import { createRequire } from 'node:module'
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import type { AnyValidateFunction, DataValidateFunction } from 'ajv/dist/types/index.js'
import { formats } from './formats.ts'
import { linearPatterns } from './patterns.ts'
import { type Notes, type Schemas, step } from './schemas.ts'

/** What is wrong with a value, and where in it (JSON Pointer). */
export type Fault = { readonly pointer: string; readonly detail: string }
export type Validator = (value: unknown) => Fault | null

/** A schema that calls itself in every branch doubles with each level; nobody may make the gateway count that. */
const schemasAtMost = 200_000
let spent = 0
class TooMuch extends Error {}

/** Loaded where it is needed first, since every start would wait for it; at once, since whoever checks a file does. */
function library(): typeof Ajv2020 {
  const require = createRequire(import.meta.url)
  const loaded: typeof import('ajv/dist/2020.js') = require('ajv/dist/2020.js')
  return loaded.Ajv2020
}

/** Makes validators of the schemas that were taken, each once. What does not compile is told and takes anything. */
export function createValidators(schemas: Schemas, notes: Notes): (name: string) => Validator {
  const ajv = new (library())({
    ...{ strictSchema: true, strictTypes: false, strictTuples: false, strictRequired: false, allowUnionTypes: true },
    ...{ allowMatchingProperties: true, ownProperties: true, allErrors: false, $data: false, logger: false },
    code: { regExp: linearPatterns },
    formats,
  })
  // Before whatever may fail, since nothing is asked after that.
  ajv.addKeyword({ keyword: 'spend', schemaType: 'boolean', validate: spend, errors: false, before: '$ref' })
  ajv.addKeyword({
    keyword: 'refer',
    schemaType: 'string',
    compile: (name: string) => referring(ajv, name),
    errors: 'full',
  })
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    ...{ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean' },
    validate: areUnique,
    errors: false,
  })
  for (const [place, name] of schemas.places()) {
    const wrong = ajv.validateSchema(schemas.copies[name] ?? true) === true ? null : (ajv.errors?.[0] ?? null)
    if (wrong !== null) notes.problem(`${place}${wrong.instancePath}`, `It ${wrong.message ?? 'is no schema'}.`)
  }
  ajv.addSchema({ $id: 'api', $defs: schemas.copies }, undefined, undefined, false)
  const made = new Map<string, Validator>()
  const placeOf = new Map([...schemas.places()].map(([place, name]) => [name, place]))
  const validator = (name: string): Validator => {
    const known = made.get(name)
    if (known) return known
    const fresh = compiled(ajv, name, placeOf.get(name) ?? '', notes)
    made.set(name, fresh)
    return fresh
  }
  for (const name of schemas.places().values()) validator(name)
  return validator
}

/** Goes on in another schema, which need not be compiled yet. */
function referring(ajv: Ajv2020, name: string): DataValidateFunction {
  let target: AnyValidateFunction | undefined
  const validate: DataValidateFunction = (value, context) => {
    target ??= ajv.getSchema(address(name))
    const valid = target?.(value, context) === true
    validate.errors = target?.errors ?? []
    return valid
  }
  return validate
}

const address = (name: string): string => `api#/$defs/${name}`

/** A schema that leads to itself without looking deeper into a value never ends, whatever the value is. */
const probes: readonly unknown[] = [null, true, 0, '', [], {}]

function compiled(ajv: Ajv2020, name: string, place: string, notes: Notes): Validator {
  try {
    const validator = validatorOf(ajv.getSchema(address(name)) ?? ajv.compile(true))
    if (probes.some((probe) => validator(probe)?.detail === tooMuch))
      notes.problem(place, 'It leads to itself, so that no value could ever be checked.')
    return validator
  } catch (thrown) {
    notes.problem(place, `It cannot be checked: ${thrown instanceof Error ? thrown.message : 'it is no schema'}.`)
    return () => null
  }
}

const tooMuch = 'It is more than the gateway can check.'

function validatorOf(validate: ValidateFunction): Validator {
  return (value) => {
    spent = 0
    try {
      return validate(value) ? null : faultOf(validate.errors?.[0])
    } catch (thrown) {
      if (thrown instanceof TooMuch || thrown instanceof RangeError) return { pointer: '', detail: tooMuch }
      throw thrown
    }
  }
}

function spend(): boolean {
  if (++spent > schemasAtMost) throw new TooMuch()
  return true
}

/** In linear time, other than Ajv's own, which compares each with each. */
function areUnique(asked: boolean, items: readonly unknown[]): boolean {
  return !asked || new Set(items.map(canonical)).size === items.length
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )

const pointerAtMost = 200
const detailAtMost = 300
const shortened = (text: string, most: number): string =>
  (text.length > most ? `${text.slice(0, most)}…` : text).toWellFormed()

function faultOf(error: ErrorObject | undefined): Fault {
  const { instancePath = '', params = {} } = error ?? {}
  const { missingProperty, additionalProperty, unevaluatedProperty, allowedValues } = params as Readonly<
    Record<string, unknown>
  >
  const key = missingProperty ?? additionalProperty ?? unevaluatedProperty
  const pointer = shortened(instancePath + (typeof key === 'string' ? step(key) : ''), pointerAtMost)
  const detail =
    missingProperty !== undefined
      ? 'It is missing.'
      : key !== undefined
        ? 'There is no such property.'
        : Array.isArray(allowedValues)
          ? `It must be one of ${JSON.stringify(allowedValues)}.`
          : error?.keyword === 'uniqueItems'
            ? 'Its items must differ.'
            : `It ${error?.message ?? 'is not valid'}.`
  return { pointer, detail: shortened(detail, detailAtMost) }
}
