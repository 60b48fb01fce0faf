import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { expect, it } from 'vitest'
import { dependenceOf } from './dependence.ts'

const of = (condition: string) => {
  const answer = policyToJson(`permit (principal, action, resource) when { ${condition} };`)
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message)
  return dependenceOf(answer.json)
}
const none = { every: null, proof: false, source: false }

it.each([
  ['principal.roles.contains("sre")', none],
  ['context.approvals > 1 && context.approvers.contains("ana")', none],
  ['context.weekday == 5', { ...none, every: 86_400 }],
  ['context.weekday == 5 && context.hour > 3', { ...none, every: 3_600 }],
  ['context.minuteOfDay > 3 || context.hour > 3', { ...none, every: 60 }],
  ['context["now"] > 3', { ...none, every: 1 }],
  ['principal.provenSecondsAgo > context.stepUpSeconds', { ...none, proof: true }],
  ['(if context.approvals > 0 then principal else principal).proven', { ...none, proof: true }],
  ['context has source', { ...none, source: true }],
  ['context == context', { every: 1, proof: true, source: true }],
  ['{ "now": 1, "has": context }["has"] == context', { every: 1, proof: true, source: true }],
  ['{ a: { b: context.hour } }.a.b == 3', { ...none, every: 3_600 }],
])('%s', (condition, expected) => expect(of(condition)).toEqual(expected))
