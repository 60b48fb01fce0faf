import { describe, expect, it } from 'vitest'
import { defineContract, nothing, query } from '#preload/contract/define.ts'
import { manualClock } from '../../clock.ts'
import { type Caller, personalCaller } from '../caller.ts'
import { actionOf, type Resource } from '../policy.ts'
import { createCedarPolicy } from './cedar-policy.ts'

/**
 * The rules of the language that policies lean on, as a table, through our own entities and context. Each policy stands
 * alone, beside no built-in one.
 */
const trial = defineContract({
  area: 'test',
  capability: 'trial',
  summary: 'Operations of this test.',
  operations: { look: query({ summary: 'Looks.', input: nothing, output: nothing }) },
})
const action = actionOf('test', 'trial', 'look', trial.operations.look)
const clock = manualClock(Date.UTC(2026, 0, 2, 13, 45, 30)) // a Friday
const ana: Caller = {
  ...personalCaller('ana', 'browser', 's', ['sre']),
  groups: ['cab', 'on-call'],
  source: '10.1.2.3',
  provenAt: clock.now() - 61_000,
}
const shop: Resource = { environment: 'production', id: 'shop', labels: { team: 'payments', tier: '1' } }

function decide(text: string, caller: Caller = ana, resource: Resource = shop): boolean {
  const policy = createCedarPolicy({ contracts: [trial], builtIn: text, clock, stepUpSeconds: () => 900 })
  return policy.judge({ caller, action, resources: [resource], grant: null }).allowed
}
const when = (condition: string, head = 'principal, action, resource'): string =>
  `@id("p") permit (${head}) when { ${condition} };`

describe('a set of policies', () => {
  it('refuses where nothing permits', () => expect(decide('')).toBe(false))
  it('allows where one permits', () => expect(decide('@id("p") permit (principal, action, resource);')).toBe(true))
  it('lets a forbid win over every permit, in whatever order', () => {
    const permit = '@id("p") permit (principal, action, resource);'
    const forbid = '@id("f") forbid (principal in Role::"sre", action, resource);'
    expect([decide(permit + forbid), decide(forbid + permit)]).toEqual([false, false])
  })
  it('does not forbid where the condition of a forbid does not hold', () =>
    expect(
      decide(
        '@id("p") permit (principal, action, resource); @id("f") forbid (principal, action, resource) unless { context.hour < 20 };',
      ),
    ).toBe(true))
  it('needs every clause of a policy', () =>
    expect(decide('@id("p") permit (principal, action, resource) when { true } unless { true };')).toBe(false))
})

describe('the head of a policy', () => {
  it.each([
    ['principal == Identity::"os:ana", action, resource', true],
    ['principal == Identity::"os:ben", action, resource', false],
    ['principal in Role::"sre", action, resource', true],
    ['principal in Role::"admin", action, resource', false],
    ['principal in Group::"cab", action, resource', true],
    ['principal is Identity, action, resource is Resource', true],
    ['principal is Identity in Group::"elsewhere", action, resource', false],
    ['principal, action == Action::"trial.look", resource', true],
    ['principal, action in Action::"capability:trial", resource', true],
    ['principal, action in [Action::"kind:query", Action::"kind:command"], resource', true],
    ['principal, action in Action::"area:test", resource == Resource::"shop"', true],
    ['principal, action, resource in Environment::"production"', true],
    ['principal, action, resource in Environment::"staging"', false],
  ])('(%s) is %s', (head, allowed) => expect(decide(when('true', head))).toBe(allowed))
})

describe('an expression', () => {
  it.each([
    // sets
    ['principal.roles.contains("sre")', true],
    ['principal.groups.containsAll(["cab", "on-call"])', true],
    ['principal.groups.containsAll(["cab", "admins"])', false],
    ['principal.groups.containsAny(["cab", "admins"])', true],
    ['principal.groups == ["on-call", "cab", "cab"]', true],
    ['context.approvers.isEmpty()', true],
    // text
    ['resource.environment like "prod*"', true],
    ['resource.environment like "*stag*"', false],
    ['resource.id like "sh\\*p"', false],
    ['"Shop" == resource.id', false],
    // has, tags
    ['context has source', true],
    ['resource.hasTag("team") && resource.getTag("team") == "payments"', true],
    ['resource.hasTag("owner")', false],
    // time
    ['context.hour == 13 && context.minuteOfDay == 825 && context.weekday == 5', true],
    ['context.now == 1767361530', true],
    ['datetime("2026-01-02T00:00:00Z") < datetime("2026-01-03")', true],
    ['principal.proven && principal.provenSecondsAgo == 61', true],
    // numbers: texts hold 64 bits, and what we pass in stays far below 2^53
    ['9007199254740993 - 9007199254740992 == 1', true],
    ['context.approvals + 9223372036854775807 == 9223372036854775807', true],
    ['context.approvals * -3 == 0', true],
    ['1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3', true],
    // extensions
    ['context has source && context.source.isInRange(ip("10.0.0.0/8"))', true],
    ['context has source && context.source.isInRange(ip("192.168.0.0/16"))', false],
    ['ip("::1").isLoopback()', true],
    ['decimal("1.23").lessThan(decimal("1.3"))', true],
    // logic
    ['if principal.personal then context.hour > 9 else false', true],
    ['!(principal in Role::"admin") || false', true],
    ['principal in [Role::"admin", Role::"sre"]', true],
  ])('%s is %s', (condition, allowed) => expect(decide(when(condition))).toBe(allowed))

  it('reads an IPv4 address through the wrapping of IPv6, and passes over what is none', () => {
    const near = when('context has source && context.source.isInRange(ip("10.0.0.0/8"))')
    expect(decide(near, { ...ana, source: '::ffff:10.9.9.9' })).toBe(true)
    expect(decide(near, { ...ana, source: 'a.pipe' })).toBe(false)
    expect(decide(when('context has source'), { ...ana, source: null })).toBe(false)
  })

  it('takes "never proven" for very long ago', () =>
    expect(decide(when('principal.provenSecondsAgo > 31536000 && !principal.proven'), { ...ana, provenAt: null })).toBe(
      true,
    ))

  it('takes a proof that seems to come from the future, after a clock was set back, for one of now', () =>
    expect(decide(when('principal.provenSecondsAgo == 0'), { ...ana, provenAt: clock.now() + 5_000 })).toBe(true))
})

describe('a policy that cannot be evaluated', () => {
  const overflow = 'context.now * 9223372036854775807 > 0'
  it('permits nothing', () => expect(decide(when(overflow))).toBe(false))
  it('refuses, where it forbids', () =>
    expect(
      decide(
        `@id("p") permit (principal, action, resource); @id("f") forbid (principal, action, resource) when { ${overflow} };`,
      ),
    ).toBe(false))
})
