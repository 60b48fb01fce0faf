import { z } from 'zod'
import { isPersonal, isSecret } from '#preload/contract/define.ts'

const hidden = '[secret]'
const unnamed = '[personal]'

/**
 * A copy of a value in which every text that its schema declares a secret, or somebody's personal data, is replaced.
 * Goes by the schema, not by field names, so that nothing depends on what a field happens to be called. What the schema
 * does not know is dropped.
 */
export function redact(schema: z.ZodType, value: unknown): unknown {
  if (value === undefined || value === null) return value
  if (isSecret(schema)) return hidden
  if (isPersonal(schema)) return unnamed
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return redact(schema.unwrap() as z.ZodType, value)
  if (schema instanceof z.ZodObject) {
    if (typeof value !== 'object') return undefined
    const record = value as Readonly<Record<string, unknown>>
    const shape = schema.shape as Readonly<Record<string, z.ZodType>>
    return Object.fromEntries(
      Object.entries(shape)
        .filter(([key]) => record[key] !== undefined)
        .map(([key, field]) => [key, redact(field, record[key])]),
    )
  }
  if (schema instanceof z.ZodArray) {
    if (!Array.isArray(value)) return undefined
    return value.map((item) => redact(schema.element as unknown as z.ZodType, item))
  }
  if (schema instanceof z.ZodDiscriminatedUnion || schema instanceof z.ZodUnion) {
    const options = schema.options as unknown as readonly z.ZodType[]
    const option = options.find((candidate) => candidate.safeParse(value).success)
    return option ? redact(option, value) : undefined
  }
  return holdsSecret(schema) ? hidden : value
}

/** A schema kind we do not walk into (a record, a pipe …) is hidden whole if a secret may be inside. */
function holdsSecret(schema: z.ZodType): boolean {
  let found = false
  z.toJSONSchema(schema, {
    unrepresentable: 'any',
    io: 'input',
    override: ({ zodSchema }) => {
      if (isSecret(zodSchema as unknown as z.ZodType)) found = true
    },
  })
  return found
}
