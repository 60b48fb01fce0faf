import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inEnvironment } from '#main/kernel/service.ts'
import type { PolicyTest, ReplayResult } from '#preload/security/policies.ts'
import { type GovernanceTrial, startGovernance } from './governance.trial.ts'

const minutes = (count: number): number => count * 60_000
const never =
  '@id("never") @reason("Nothing is rolled out to production.")\nforbid (principal, action == Action::"launches.start", resource in Environment::"production");'
const rollout = { environment: 'production', version: '1.2.3' }
const test = (change: Partial<PolicyTest>): PolicyTest => ({
  name: 'releases',
  roles: ['release-manager'],
  groups: [],
  provenSecondsAgo: null,
  action: 'launches.start',
  environment: 'production',
  approvals: 0,
  expect: 'deny',
  ...change,
})

let trial: GovernanceTrial
beforeEach(async () => {
  trial = await startGovernance()
  trial.person('ada', 'admin')
  trial.person('ana', 'release-manager')
  trial.person('sam', 'security-officer')
})
afterEach(() => trial.close())

const save = (text: string, revision = 0, tests: PolicyTest[] = []) =>
  trial.as('ada').savePolicies({ text, tests, note: 'Because.', revision })
const start = (input: object = rollout) => trial.call('ana', 'launches.start', input)

describe('policies of a workspace', () => {
  it('begin empty, and take effect the moment they are saved', async () => {
    expect((await trial.as('ada').policies({})).current).toMatchObject({ version: 0, text: '', by: null })
    expect(await start()).toBe('started')
    const { version, by, digest } = await save(never, 0, [test({})])
    expect({ version, by, digest }).toMatchObject({
      version: 1,
      by: 'Ada',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    await expect(start()).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('policy never') })
    expect(trial.changes).toContainEqual({ changed: 'policies' })
  })

  it('take effect in another process as soon as it is told, and after a restart', async () => {
    const action = trial.governance.policy.vocabulary.actions.find(({ name }) => name === 'launches.start')
    if (!action) throw new Error('There is no such operation.')
    const other = await trial.open()
    await other.load()
    const question = { caller: trial.callerOf('ana'), action, resources: [inEnvironment('production')], grant: null }
    await save(never)
    expect(other.policy.judge(question).allowed).toBe(true)
    expect(await other.load()).toBe(true)
    expect(other.policy.judge(question)).toMatchObject({ allowed: false, policies: ['never'] })
    await other.close()
  })

  it('are kept with their tests', async () => {
    await save(never, 0, [test({})])
    const { current, tests } = await trial.as('ana').policies({})
    expect([current.text, tests]).toEqual([never, [test({})]])
  })

  it('are refused where they do not parse or do not fit, and where a name is taken', async () => {
    await expect(save('permit (')).rejects.toMatchObject({ code: 'invalid' })
    await expect(save('@id("a") permit (principal, action == Action::"nope", resource);')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('The policy a: Unrecognized action'),
    })
    await expect(save('@id("fresh-proof") permit (principal, action, resource);')).rejects.toMatchObject({
      message: expect.stringContaining('built-in'),
    })
  })

  it('are refused where somebody saved others meanwhile', async () => {
    await save(never)
    await expect(save('', 0)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('version 1') })
  })

  it('cannot be saved by two at once', async () => {
    const both = await Promise.allSettled([save(never), save(`${never}\n`)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await trial.as('ada').policyVersions({})).toHaveLength(2)
  })

  it('are refused where a test fails, and say which', async () => {
    await expect(
      save(never, 0, [test({}), test({ name: 'staging', environment: 'staging', expect: 'deny' })]),
    ).rejects.toMatchObject({
      code: 'invalid',
      at: 'tests.1',
      message: 'The test "staging" expects deny, and the policies say allow.',
    })
    await expect(save(never, 0, [test({ action: 'nope.nope' })])).rejects.toMatchObject({ at: 'tests.0' })
  })

  it('are checked without being saved', async () => {
    const admin = { roles: ['admin'], action: 'governance.savePolicies', environment: null }
    const { results, diagnostics } = await trial.as('ada').checkPolicies({
      text: never,
      tests: [
        test({ name: 'a' }),
        test({ name: 'b', environment: 'staging', expect: 'allow' }),
        test({ name: 'c', ...admin, provenSecondsAgo: 60, expect: 'allow' }),
        test({ name: 'd', ...admin, provenSecondsAgo: 901, expect: 'step_up' }),
        test({ name: 'e', ...admin, expect: 'allow' }),
        test({ name: 'f', roles: ['amin'] }),
      ],
    })
    expect(diagnostics).toEqual([])
    expect(results).toEqual([
      { name: 'a', passed: true, verdict: 'deny', policies: ['never'] },
      { name: 'b', passed: true, verdict: 'allow', policies: ['release-manager-releases'] },
      { name: 'c', passed: true, verdict: 'allow', policies: ['admin-does-everything'] },
      { name: 'd', passed: true, verdict: 'step_up', policies: ['fresh-proof'] },
      { name: 'e', passed: false, verdict: 'step_up', policies: ['fresh-proof'] },
      { name: 'f', passed: false, verdict: 'error', policies: [] },
    ])
    expect(await start()).toBe('started')
  })

  it('go back to an earlier version, as a new one, with the tests of then', async () => {
    await save(never, 0, [test({})])
    await save('', 1)
    const { version, text } = await trial.as('ada').rollbackPolicies({ version: 1, note: 'Back.', revision: 2 })
    expect([version, text]).toEqual([3, never])
    expect((await trial.as('ada').policies({})).tests).toEqual([test({})])
    await expect(start()).rejects.toMatchObject({ code: 'forbidden' })
    expect((await trial.as('ada').policyVersions({})).map((entry) => entry.version)).toEqual([3, 2, 1, 0])
    await expect(trial.as('ada').rollbackPolicies({ version: 9, note: 'x', revision: 3 })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('that are damaged in the database leave only administrators able to act, who go back to a version that is whole', async () => {
    await save('@id("a") permit (principal, action, resource);')
    await sql`insert into policy_version (version, text, note, at, author, digest)
      values (2, 'forbid (prin', '', '2026-01-01T00:00:00.000Z', 'x', '')`.execute(trial.workspace)
    expect(await trial.governance.load()).toBe(false)
    await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('cannot be read') })
    await trial.as('ada').rollbackPolicies({ version: 1, note: 'Back.', revision: 2 })
    expect(await start()).toBe('started')
  })

  it('are warned of where they name an environment that nothing is in', async () => {
    const text = never.replace('"production"', '"prodution"')
    const { diagnostics } = await trial.as('ada').checkPolicies({ text, tests: [] })
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        message: 'Nothing is in the environment "prodution".',
        hint: 'There are production, staging.',
        policy: 'never',
      },
    ])
    expect(text.slice(diagnostics[0]?.from, diagnostics[0]?.to)).toBe('"prodution"')
  })

  it('name what can be named, for completion', async () => {
    const { vocabulary, schema, builtIn } = await trial.as('ana').policies({})
    expect(vocabulary.roles).toContain('release-manager')
    expect(vocabulary.actions).toContainEqual({ name: 'launches.start', summary: 'Roll out a version.' })
    expect(vocabulary.actionGroups.map(({ name }) => name)).toContain('area:deployment')
    expect(vocabulary.environments).toEqual(['production', 'staging'])
    expect([schema, builtIn]).toEqual([
      expect.stringContaining('entity Identity'),
      expect.stringContaining('@id("fresh-proof")'),
    ])
  })
})

describe('policies that would lock every administrator out', () => {
  const refused = { code: 'conflict', message: expect.stringContaining('no administrator could call') }

  it.each([
    ['by forbidding everything', '@id("x") forbid (principal, action, resource);'],
    ['by forbidding a role', '@id("x") forbid (principal in Role::"admin", action, resource);'],
    [
      'by forbidding one thing that mends them',
      '@id("x") forbid (principal, action == Action::"governance.rollbackPolicies", resource);',
    ],
    [
      'by naming one administrator who does not exist',
      '@id("x") forbid (principal, action, resource) unless { principal == Identity::"zoe" };',
    ],
    ['from next year on', '@id("x") forbid (principal, action, resource) when { context.now > 1798800000 };'],
    [
      'by asking for more approvals than there are administrators',
      '@id("x") @advice("approval") forbid (principal, action == Action::"governance.savePolicies", resource) when { context.approvals < 2 };',
    ],
  ])('are refused: %s', async (_, text) => {
    trial.person('bob', 'admin')
    await expect(save(text)).rejects.toMatchObject(refused)
    expect(await start()).toBe('started')
  })

  it.each([
    [
      'one administrator is left',
      '@id("x") forbid (principal, action, resource) when { principal.roles.contains("admin") } unless { principal == Identity::"ada" };',
    ],
    ['it is only at night', '@id("x") forbid (principal, action, resource) when { context.hour < 6 };'],
    [
      'the other administrator can approve',
      '@id("x") @advice("approval") forbid (principal, action == Action::"governance.savePolicies", resource) when { context.approvals < 1 };',
    ],
    [
      'a fresh proof is all they take',
      '@id("x") @advice("step_up") forbid (principal, action, resource) when { principal.provenSecondsAgo > 60 };',
    ],
  ])('are not those where %s', async (_, text) => {
    trial.person('bob', 'admin')
    await save(text)
  })

  it('are told by who is an administrator now: a disabled one is none', async () => {
    const text =
      '@id("x") forbid (principal in Role::"admin", action, resource) unless { principal == Identity::"bob" };'
    trial.people.set('bob', { ...trial.person('bob', 'admin'), disabled: true })
    await expect(save(text)).rejects.toMatchObject(refused)
  })
})

describe('an exception', () => {
  const inAnHour = (): string => new Date(trial.clock.now() + minutes(60)).toISOString()
  const exception = (change: object = {}) => ({
    kind: 'policy' as const,
    subject: 'never',
    owner: 'Ana',
    reason: 'The hotfix cannot wait.',
    ticket: 'OPS-1',
    scope: {},
    expiresAt: inAnHour(),
    ...change,
  })
  beforeEach(() => save(never))

  it('lets pass what its policy forbids, and stops working at its expiry though nothing happens then', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'forbidden' })
    const { state, addedBy } = await trial.as('sam').addException(exception())
    expect([state, addedBy]).toEqual(['active', 'Sam'])
    expect(await start()).toBe('started')
    trial.clock.advance(minutes(60) - 1)
    expect(await start()).toBe('started')
    trial.clock.advance(1)
    await expect(start()).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('never') })
    expect((await trial.as('sam').exceptions({}))[0]?.state).toBe('expired')
  })

  it.each([
    ['identity', 'ana', 'sam'],
    ['operation', 'launches.start', 'launches.list'],
    ['environment', 'production', 'staging'],
  ])('holds only where its scope says: %s', async (field, matching, other) => {
    await trial.as('sam').addException(exception({ scope: { [field]: other } }))
    await expect(start()).rejects.toMatchObject({ code: 'forbidden' })
    await trial.as('sam').addException(exception({ scope: { [field]: matching } }))
    expect(await start()).toBe('started')
  })

  it('ends at once when it is ended, and only once', async () => {
    const { id } = await trial.as('sam').addException(exception())
    expect(await start()).toBe('started')
    expect((await trial.as('sam').endException({ id, reason: 'Done.' })).state).toBe('ended')
    await expect(start()).rejects.toMatchObject({ code: 'forbidden' })
    await expect(trial.as('sam').endException({ id, reason: 'Done.' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it.each([
    ['a guard', { subject: 'separation-of-duties' }, 'subject'],
    ['what is open to everybody', { subject: 'open-to-everybody' }, 'subject'],
    ['a permit', { subject: 'sre-operates' }, 'subject'],
    ['a policy that is not in force', { subject: 'nope' }, 'subject'],
    ['the past', { expiresAt: '2026-01-02T12:00:00.000Z' }, 'expiresAt'],
  ])('cannot be made for %s', async (_, change, at) => {
    await expect(trial.as('sam').addException(exception(change))).rejects.toMatchObject({ code: 'invalid', at })
  })

  it('to a finding is told to whoever asks, until it expires', async () => {
    const { id } = await trial
      .as('sam')
      .addException(exception({ kind: 'finding', subject: 'CVE-2026-1', scope: { environment: 'staging' } }))
    const ask = (environment: string) =>
      trial.governance.exceptions.find(
        'finding',
        'CVE-2026-1',
        { identity: null, operation: null, environment },
        trial.clock.now(),
      )
    expect([ask('staging'), ask('production')]).toEqual([id, null])
    trial.clock.advance(minutes(60))
    expect(ask('staging')).toBeNull()
  })

  it('to a policy that asks for approvals makes them needless', async () => {
    await save(
      '@id("two") @advice("approval") forbid (principal, action == Action::"launches.start", resource) when { context.approvals < 2 };',
      1,
    )
    await expect(start()).rejects.toMatchObject({ code: 'approval_required' })
    await trial.as('sam').addException(exception({ subject: 'two' }))
    expect(await start()).toBe('started')
  })
})

describe('the replay of decisions', () => {
  const replay = async (text: string, days = 30): Promise<ReplayResult[]> => {
    const results: ReplayResult[] = []
    for await (const result of trial.as('ada').replay({ text, days })) results.push(result)
    return results
  }
  const changed = (results: readonly ReplayResult[]) => results.filter((result) => result.kind === 'changed')
  const sumOf = (results: readonly ReplayResult[]) => results.find((result) => result.kind === 'done')

  it('tells what another text would have decided differently, how often and for whom', async () => {
    for (let n = 0; n < 3; n++) await start()
    await start({ ...rollout, environment: 'staging' })
    await expect(trial.call('ana', 'governance.savePolicies', {})).rejects.toMatchObject({ code: 'forbidden' })
    const results = await replay(never)
    expect(changed(results)).toEqual([
      {
        kind: 'changed',
        identity: 'ana',
        name: 'ana',
        action: 'launches.start',
        environment: 'production',
        times: 3,
        lastAt: '2026-01-02T12:00:00.000Z',
        was: 'allow',
        becomes: 'deny',
        policies: ['never'],
      },
    ])
    expect(sumOf(results)).toMatchObject({ distinct: 4, decisions: 6, changed: 1, from: '2026-01-02T12:00:00.000Z' })
    expect(changed(await replay(''))).toEqual([])
  })

  it('tells what would be allowed that was refused', async () => {
    await expect(trial.call('sam', 'launches.start', rollout)).rejects.toMatchObject({ code: 'forbidden' })
    const more =
      '@id("more") permit (principal in Role::"security-officer", action in Action::"area:deployment", resource);'
    expect(changed(await replay(more))).toMatchObject([
      { identity: 'sam', was: 'deny', becomes: 'allow', policies: ['more'] },
    ])
  })

  it('judges each at the time of day it was made, and with the exceptions of then', async () => {
    await save(never)
    await trial.as('sam').addException({
      kind: 'policy',
      subject: 'never',
      owner: 'Ana',
      reason: 'Hotfix.',
      ticket: 'OPS-1',
      scope: {},
      expiresAt: new Date(trial.clock.now() + minutes(60)).toISOString(),
    })
    await start()
    trial.clock.advance(minutes(8 * 60))
    expect(changed(await replay(never))).toEqual([])
    const noon =
      '@id("noon") forbid (principal, action == Action::"launches.start", resource) when { context.hour == 12 };'
    expect(changed(await replay(noon))).toMatchObject([{ action: 'launches.start', becomes: 'deny' }])
    expect(changed(await replay(noon.replace('12', '20')))).toEqual([])
  })

  it('adds up days, forgets after thirty, and looks back no further than asked', async () => {
    await start()
    await trial.as('ada').policies({})
    trial.clock.advance(minutes(24 * 60))
    await start()
    const times = async (days: number) =>
      changed(await replay(never, days)).map((result) => result.kind === 'changed' && result.times)
    expect([await times(30), await times(1)]).toEqual([[2], [1]])
    trial.clock.advance(minutes(29 * 24 * 60))
    await start()
    expect(await times(30)).toEqual([2])
    const days = async () =>
      (await sql<{ day: string }>`select distinct day from decision order by day`.execute(trial.workspace)).rows.map(
        ({ day }) => day,
      )
    expect(await days()).toEqual(['2026-01-02', '2026-01-03', '2026-02-01'])
    trial.clock.advance(minutes(24 * 60))
    await times(1)
    expect(await days()).toEqual(['2026-01-03', '2026-02-01', '2026-02-02'])
  })

  it('refuses a text that is wrong', async () => {
    await expect(replay('permit (')).rejects.toMatchObject({ code: 'invalid' })
  })
})
