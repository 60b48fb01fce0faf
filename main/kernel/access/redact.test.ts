import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contracts } from '#preload/app/contracts.ts'
import { isPersonal, isSecret, type Operation, secret } from '#preload/contract/define.ts'
import { redact } from './redact.ts'

const marker = 'marker-of-a-secret'
const person = 'somebody@example.com'
/** Texts of which every text field takes one. */
const spellings = ['example', '/example', 'https://example.com/', 'ldaps://example.com', `${'A'.repeat(43)}=`]
const plain = '2026-01-01T00:00:00.000Z'

/**
 * Inputs of a schema, one for each branch of its unions, with the marker in every secret and nowhere else. A schema
 * kind that is not known here fails the test, so that a new one is looked at.
 */
function samples(schema: z.ZodType): unknown[] {
  if (isSecret(schema)) return [marker]
  if (isPersonal(schema)) return [person]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return samples(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodDiscriminatedUnion || schema instanceof z.ZodUnion)
    return (schema.options as unknown as readonly z.ZodType[]).flatMap(samples)
  if (schema instanceof z.ZodArray) return samples(schema.element as unknown as z.ZodType).map((item) => [item])
  if (schema instanceof z.ZodRecord) return [{ key: 'x' }]
  if (schema instanceof z.ZodObject) return objects(schema)
  if (schema instanceof z.ZodLiteral) return [schema.value]
  if (schema instanceof z.ZodEnum) return [schema.options[0]]
  if (schema instanceof z.ZodNumber) return [1]
  if (schema instanceof z.ZodBoolean) return [true]
  if (schema instanceof z.ZodUUID) return ['0192f0c1-2b3a-7c4d-8e5f-0123456789ab']
  if (schema instanceof z.ZodISODateTime) return [plain]
  if (schema.type === 'string') return [spellings.find((text) => schema.safeParse(text).success) ?? 'example']
  throw new Error(`This test does not know ${schema.type}.`)
}

/** As many objects as the field with the most samples has. */
function objects(schema: z.ZodObject): unknown[] {
  const fields = Object.entries(schema.shape).map(([key, field]) => [key, samples(field as z.ZodType)] as const)
  const count = Math.max(1, ...fields.map(([, values]) => values.length))
  return Array.from({ length: count }, (_, n) =>
    Object.fromEntries(fields.map(([key, values]) => [key, values[n % values.length]])),
  )
}

const operations = Object.values(contracts).flatMap((contract) =>
  Object.entries(contract.operations).map(([name, operation]): [string, Operation] => [
    `${contract.capability}.${name}`,
    operation,
  ]),
)

describe('the input of every operation', () => {
  it.each(operations)('%s shows no secret after redaction, and everything else', (_, { input }) => {
    for (const sample of samples(input)) {
      const text = JSON.stringify(redact(input, sample)) ?? ''
      expect(text).not.toContain(marker)
      expect(text).not.toContain(person)
      const hidden = JSON.stringify(sample).split(marker).length - 1
      expect(text.split('[secret]').length - 1).toBe(hidden)
      if (hidden === 0 && !JSON.stringify(sample).includes(person)) expect(redact(input, sample)).toEqual(sample)
    }
  })

  it('holds secrets in the operations that are known to, so that the test above means something', () => {
    const withSecrets = operations
      .filter(([, { input }]) => JSON.stringify(samples(input)).includes(marker))
      .map(([name]) => name)
    expect(withSecrets.sort()).toEqual([
      'access.confirmPasskey',
      'access.confirmTotp',
      'access.createVault',
      'access.prove',
      'access.putProvider',
      'access.signInWithPassword',
      'access.testProvider',
      'access.unlockVault',
      'audit.putForwarder',
      'connections.create',
      'connections.test',
      'connections.update',
      'environments.setSecret',
      'environments.setSshKey',
      'gateway.connectKong',
      'gateway.planKong',
      'gateway.saveCertificate',
      'gitSources.save',
      'governance.requestApproval',
      'workspace.move',
      'workspace.test',
      'workspace.use',
    ])
  })
})

describe('redaction', () => {
  it('drops what the schema does not know', () => {
    expect(redact(z.object({ a: z.string() }), { a: 'x', password: marker })).toEqual({ a: 'x' })
  })

  it('hides a secret inside what it cannot walk', () => {
    expect(redact(z.record(z.string(), secret()), { a: marker })).toBe('[secret]')
    expect(redact(z.tuple([z.string(), secret()]), ['x', marker])).toBe('[secret]')
  })

  it('drops what fits no branch of a union, and what is no object or list at all', () => {
    const schema = z.object({ auth: z.union([z.object({ token: secret() }), z.object({ key: secret() })]) })
    expect(redact(schema, { auth: { tokn: marker } })).toEqual({ auth: undefined })
    expect(redact(schema, marker)).toBeUndefined()
    expect(redact(z.array(secret()), marker)).toBeUndefined()
  })

  it('finds a secret behind checks, defaults and nesting', () => {
    const schema = z.object({
      a: z.array(
        z.object({
          b: secret()
            .refine(() => true)
            .optional(),
        }),
      ),
    })
    expect(redact(schema, { a: [{ b: marker }, {}] })).toEqual({ a: [{ b: '[secret]' }, {}] })
  })
})
