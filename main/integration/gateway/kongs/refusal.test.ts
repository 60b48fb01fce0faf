import { expect, it } from 'vitest'
import { refusalOf } from './refusal.ts'

const flattened = (count: number, message = 'required field missing') =>
  JSON.stringify({
    message: 'declarative config is invalid: {}',
    flattened_errors: Array.from({ length: count }, (_, n) => ({
      ...{ entity_type: 'service', entity_name: `s${n}` },
      errors: [{ type: 'field', field: 'host', message }],
    })),
  })

it('says what was refused, and of what', () => {
  expect(refusalOf(flattened(1), [])).toBe('service s0, host: required field missing')
  const whole = JSON.stringify({ flattened_errors: [{ entity_type: 'acl', errors: [{ message: 'taken' }] }] })
  expect(refusalOf(whole, [])).toBe('acl: taken')
})

it('says what an older Kong says, or that nothing was said', () => {
  expect(refusalOf('{"message":"declarative config is invalid: {services=…}"}', [])).toContain('{services=…}')
  expect(refusalOf('<html><title>400 Bad Request</title></html>', [])).toContain('400 Bad Request')
  for (const nothing of ['', '{}', '{"flattened_errors":[]}'])
    expect(refusalOf(nothing, [])).toBe('It did not say why.')
})

it('is bounded, on its lines, and without secrets and control characters', () => {
  const lines = refusalOf(flattened(50), []).split('\n')
  expect(lines).toHaveLength(7)
  expect(lines.at(-1)).toBe('… and 44 more.')
  const sly = refusalOf(flattened(1, `a\u001b[31m\nb the-token ${'x'.repeat(1_000)}`), ['the-token'])
  expect(sly).toMatch(/^service s0, host: a\[31m b ••• x+…$/)
  expect(sly.length).toBeLessThan(310)
})
