import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { payloadOf, readStatement } from '#main/security/governance/approvals/statement.ts'
import { AppError } from '#preload/contract/error.ts'
import { approvalPayloadType, preAuthenticationEncoding } from '#preload/security/dsse.ts'
import { type GovernanceTrial, seal, startGovernance } from './governance.trial.ts'

const hourMs = 3_600_000
const fourEyes = `@id("two-approve") @advice("approval") @reason("Two others approve what reaches production.")
forbid (principal, action == Action::"launches.start", resource in Environment::"production") when { context.approvals < 2 };`
const rollout = { environment: 'production', version: '1.2.3' }
const request = { operation: 'launches.start', input: rollout, reason: 'Fixes the checkout.' }

let trial: GovernanceTrial
let ben: ReturnType<GovernanceTrial['enrol']>
let eva: ReturnType<GovernanceTrial['enrol']>

beforeEach(async () => {
  trial = await startGovernance()
  for (const id of ['ana', 'ben', 'eva', 'dan']) trial.person(id, 'release-manager')
  trial.person('ada', 'admin')
  trial.governance.policy.install(fourEyes)
  ben = trial.enrol('ben')
  eva = trial.enrol('eva')
})
afterEach(() => trial.close())

const ask = (input: object = rollout) => trial.as('ana').requestApproval({ ...request, input: input as never })
const see = (id: string, who = 'ana') => trial.as(who).approval({ id })
const perform = (id: string) => trial.as('ana').perform({ id })

describe('a request for approval', () => {
  it('is what an operation asks for that needs one', async () => {
    await expect(trial.call('ana', 'launches.start', rollout)).rejects.toMatchObject({
      code: 'approval_required',
      message: expect.stringContaining('two-approve'),
    })
    expect(trial.started).toEqual([])
  })

  it('is carried out once enough others have signed, by exactly the input that was signed', async () => {
    const { id, needed, state, environments } = await ask()
    expect({ needed, state, environments }).toEqual({ needed: 2, state: 'waiting', environments: ['production'] })
    await expect(perform(id)).rejects.toMatchObject({ message: 'It has 0 of 2 approvals.' })
    expect((await trial.decide('ben', ben, id)).state).toBe('waiting')
    await expect(perform(id)).rejects.toMatchObject({ code: 'approval_required', message: 'It has 1 of 2 approvals.' })
    const approved = await trial.decide('eva', eva, id)
    expect([approved.state, approved.decisions.map(({ signature }) => signature.kind)]).toEqual([
      'approved',
      ['valid', 'valid'],
    ])
    const { approval, value } = await perform(id)
    expect([approval.state, value]).toEqual(['performed', 'started'])
    expect(trial.started).toEqual([{ input: rollout, by: 'ana', approvers: ['ben', 'eva'] }])
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict' })
    expect(trial.started).toHaveLength(1)
  })

  it('is refused where none is needed, where the input is wrong, and where no approval would help', async () => {
    await expect(ask({ ...rollout, environment: 'staging' })).rejects.toMatchObject({
      message: 'launches.start needs no approval.',
    })
    await expect(ask({ environment: 'production' })).rejects.toMatchObject({ code: 'invalid', at: 'input.version' })
    trial.governance.policy.install(
      `${fourEyes} @id("never") forbid (principal, action == Action::"launches.start", resource);`,
    )
    await expect(ask()).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('never') })
  })

  it('can be performed and withdrawn by nobody but who asked', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    await expect(trial.as('dan').perform({ id })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(trial.as('dan').withdrawApproval({ id, reason: 'No.' })).rejects.toMatchObject({ code: 'forbidden' })
    expect((await trial.as('ana').withdrawApproval({ id, reason: 'Too late.' })).state).toBe('withdrawn')
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('lapses', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    trial.clock.advance(24 * hourMs - 1)
    expect((await see(id)).state).toBe('approved')
    trial.clock.advance(1)
    expect((await see(id)).state).toBe('expired')
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict' })
    expect(trial.started).toEqual([])
  })

  it('ends with the first rejection', async () => {
    const { id } = await ask()
    expect((await trial.decide('ben', ben, id, 'reject')).state).toBe('rejected')
    await expect(trial.decide('eva', eva, id)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('keeps a secret in the vault, shows none, and carries it out with it', async () => {
    const { id, input } = await ask({ ...rollout, token: 'hunter2-secret' })
    expect(input).toEqual({ ...rollout, token: '[secret]' })
    const { rows } = await sql<{ whole_input: string | null }>`select * from approval`.execute(trial.workspace)
    expect(JSON.stringify(rows)).not.toContain('hunter2')
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    await perform(id)
    expect(trial.started[0]?.input).toEqual({ ...rollout, token: 'hunter2-secret' })
    await expect(trial.vault.open(`approval:${id}`)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('cannot be decided while the vault that holds its input is locked', async () => {
    const { id } = await ask({ ...rollout, token: 'x' })
    trial.vault.lock()
    expect((await see(id, 'ben')).problem).toContain('The vault is locked')
    await expect(trial.decide('ben', ben, id)).rejects.toMatchObject({
      message: expect.stringContaining('vault is locked'),
    })
  })

  it('stays approved when the operation was refused before it began, and is used up by a failure', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    trial.fate.fail = new AppError('step_up', 'Prove it.')
    await expect(perform(id)).rejects.toMatchObject({ code: 'step_up' })
    expect((await see(id)).state).toBe('approved')
    trial.fate.fail = new AppError('unreachable', 'The cluster does not answer.')
    await expect(perform(id)).rejects.toMatchObject({ code: 'unreachable' })
    expect(await see(id)).toMatchObject({ state: 'failed', problem: 'The cluster does not answer.' })
    trial.fate.fail = null
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict' })
    expect(trial.started).toEqual([])
  })

  it('is not begun again after a crash in between, and says so', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    trial.fate.hang = true
    void perform(id).catch(() => {})
    await expect.poll(async () => (await see(id)).state).toBe('performing')
    trial.fate.hang = false
    await expect(perform(id)).rejects.toMatchObject({ message: expect.stringContaining('did not report back') })
    expect(trial.started).toEqual([])
  })

  it('is carried out once, however often it is asked at the same time', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => perform(id)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(trial.started).toHaveLength(1)
  })

  it('does not cover an environment that the same input has come to touch since', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    trial.fate.elsewhere = 'staging'
    expect((await see(id)).problem).toContain('environments')
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict' })
    expect(trial.started).toEqual([])
  })
})

describe('a decision', () => {
  it('is not whoever’s who asked, whatever their role', async () => {
    const ana = trial.enrol('ana')
    const { id } = await ask()
    expect((await see(id)).cannotDecide).toBe('You asked for it yourself.')
    await expect(trial.decide('ana', ana, id)).rejects.toMatchObject({
      message: expect.stringContaining('separation-of-duties'),
    })
  })

  it('is nobody’s whom the policies do not let decide', async () => {
    trial.person('vic', 'viewer')
    const { id } = await ask()
    await expect(trial.decide('vic', trial.enrol('vic'), id)).rejects.toMatchObject({ code: 'forbidden' })
    expect((await see(id, 'vic')).cannotDecide).toBe('The role viewer may not call governance.decide in production.')
  })

  it('is made once by each person', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await expect(trial.decide('ben', ben, id)).rejects.toMatchObject({ code: 'conflict' })
    expect((await see(id, 'ben')).cannotDecide).toBe('You have decided it.')
    expect(await trial.as('ben').approvals({ show: 'waiting' })).toEqual([])
    expect(await trial.as('eva').approvals({ show: 'waiting' })).toHaveLength(1)
  })

  it('stops counting when its maker may not decide any more', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    trial.person('eva', 'viewer')
    const { state, decisions } = await see(id)
    expect([state, decisions[1]?.signature]).toEqual([
      'waiting',
      { kind: 'invalid', reason: 'The role viewer may not call governance.decide in production.' },
    ])
    await expect(perform(id)).rejects.toMatchObject({ message: 'It has 1 of 2 approvals.' })
  })

  it.each([
    ['somebody else’s device', () => trial.enrol('dan'), 'belongs to somebody else'],
    [
      'a device that is not known',
      () => ({ ...ben, device: { ...ben.device, id: crypto.randomUUID() } }),
      'is not known',
    ],
    ['another key than the device’s', () => ({ ...eva, device: ben.device }), 'signature does not match'],
  ])('is not accepted from %s', async (_, key, words) => {
    const { id } = await ask()
    await expect(trial.decide('ben', key(), id)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(words),
    })
  })

  it('is not accepted from a device whose enrolment the audit log does not prove', async () => {
    const { id } = await ask()
    await trial.decide('eva', eva, id)
    trial.unproven.set(eva.device.id, { ok: false, reason: 'Entry 7 is about another key.' })
    trial.unproven.set(ben.device.id, { ok: false, reason: 'There is no entry.' })
    await expect(trial.decide('ben', ben, id)).rejects.toMatchObject({
      message: expect.stringContaining('There is no entry.'),
    })
    expect((await see(id)).decisions[0]?.signature).toMatchObject({ reason: expect.stringContaining('Entry 7') })
  })

  it('does not hold once its device is revoked from a moment before it, and holds when revoked after', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    const revoke = (ms: number) =>
      trial.devices.set(ben.device.id, { ...ben.device, revokedAt: new Date(trial.clock.now() + ms).toISOString() })
    revoke(1)
    expect((await see(id)).decisions[0]?.signature.kind).toBe('valid')
    revoke(0)
    expect((await see(id)).decisions[0]?.signature).toEqual({
      kind: 'invalid',
      reason: 'Its device was revoked before it was signed.',
    })
  })

  it('is not accepted long after it was signed, nor in another spelling', async () => {
    const { id } = await ask()
    const choice = { id, decision: 'approve', device: ben.device.id } as const
    const { payload, preAuthenticationEncoding: signed } = await trial.as('ben').approvalStatement(choice)
    const spaced = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(payload, 'base64').toString()), null, 1))
    const respelt = seal(ben, spaced.toString('base64'), preAuthenticationEncoding(approvalPayloadType, spaced))
    await expect(trial.as('ben').decide({ id, envelope: respelt })).rejects.toMatchObject({
      message: expect.stringContaining('canonical form'),
    })
    trial.clock.advance(6 * 60_000)
    await expect(
      trial.as('ben').decide({ id, envelope: seal(ben, payload, Buffer.from(signed, 'base64')) }),
    ).rejects.toMatchObject({ message: expect.stringContaining('not signed just now') })
  })

  it('is for one request only', async () => {
    const [first, second] = [await ask(), await ask()]
    const { payload, preAuthenticationEncoding: signed } = await trial
      .as('ben')
      .approvalStatement({ id: first.id, decision: 'approve', device: ben.device.id })
    const envelope = seal(ben, payload, Buffer.from(signed, 'base64'))
    await expect(trial.as('ben').decide({ id: second.id, envelope })).rejects.toMatchObject({
      message: expect.stringContaining('another request'),
    })
  })
})

describe('a delegation', () => {
  const away = (from: string, to: string) =>
    trial.as(from).delegate({
      to,
      from: new Date(trial.clock.now()).toISOString(),
      until: new Date(trial.clock.now() + hourMs).toISOString(),
      reason: 'On leave.',
    })

  it('lets somebody decide for who is away, while it lasts', async () => {
    await away('eva', 'ben')
    const { id } = await ask()
    expect((await see(id, 'ben')).mayDecideFor).toEqual([{ id: 'eva', name: 'Eva' }])
    const { decisions } = await trial.decide('ben', ben, id, 'approve', 'eva')
    expect(decisions[0]).toMatchObject({ approver: 'ben', onBehalfOf: 'eva', signature: { kind: 'valid' } })
    trial.clock.advance(hourMs)
    const later = await ask()
    await expect(trial.decide('ben', ben, later.id, 'approve', 'eva')).rejects.toMatchObject({
      message: expect.stringContaining('Eva had not delegated to Ben then'),
    })
    expect((await see(id)).decisions[0]?.signature.kind).toBe('valid')
  })

  it('does not make two of one: a delegate who decides for two people counts once', async () => {
    await away('eva', 'ben')
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    expect((await trial.decide('ben', ben, id, 'approve', 'eva')).state).toBe('waiting')
    await expect(perform(id)).rejects.toMatchObject({ message: 'It has 1 of 2 approvals.' })
  })

  it('gives whoever asked no second voice', async () => {
    await away('ana', 'ben')
    const { id } = await ask()
    await expect(trial.decide('ben', ben, id, 'approve', 'ana')).rejects.toMatchObject({
      message: expect.stringContaining('for whoever asked'),
    })
  })

  it('ends when whoever gave it ends it, and nobody else may', async () => {
    const { id: delegation } = await away('eva', 'ben')
    await expect(trial.as('ben').endDelegation({ id: delegation })).rejects.toMatchObject({ code: 'not_found' })
    await trial.as('eva').endDelegation({ id: delegation })
    const { id } = await ask()
    await expect(trial.decide('ben', ben, id, 'approve', 'eva')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each([
    ['to oneself', { to: 'ana' }],
    ['to nobody', { to: 'zoe' }],
    ['that has ended', { until: '2020-01-01T00:00:00.000Z' }],
  ])('%s is refused', async (_, change) => {
    const draft = { to: 'ben', from: '2026-01-02T12:00:00.000Z', until: '2026-01-03T12:00:00.000Z', reason: 'x' }
    await expect(trial.as('ana').delegate({ ...draft, ...change })).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('whoever owns the database', () => {
  const change = async (id: string, column: string, value: string): Promise<void> => {
    await sql`update approval set ${sql.ref(column)} = ${value} where id = ${id}`.execute(trial.workspace)
  }

  it.each([
    ['another input', 'whole_input', JSON.stringify({ ...rollout, version: '6.6.6' }), 'stored input is not the one'],
    ['an innocent input to look at', 'input', JSON.stringify({ ...rollout, version: '1.0.0' }), 'input that is shown'],
    ['another operation', 'operation', 'launches.list', 'stored input is not the one'],
    ['another environment', 'environments', '["staging"]', 'environments'],
  ])('cannot put in %s', async (_, column, value, words) => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    await change(id, column, value)
    const { state, problem } = await see(id)
    expect([state, problem]).toEqual(['waiting', expect.stringContaining(words)])
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(words) })
    expect(trial.started).toEqual([])
  })

  it.each([
    ['requester', 'dan', 'another requester'],
    ['reason', 'Something harmless.', 'another reason'],
    ['expires_at', '2030-01-01T00:00:00.000Z', 'another expiry'],
  ])('cannot change the %s', async (column, value, words) => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    await change(id, column, value)
    const { state, decisions } = await see(id)
    expect([state, decisions.map(({ signature }) => signature)]).toEqual([
      'waiting',
      Array(2).fill({ kind: 'invalid', reason: `It was signed for ${words}.` }),
    ])
    await expect(trial.as(column === 'requester' ? value : 'ana').perform({ id })).rejects.toThrow()
    expect(trial.started).toEqual([])
  })

  it('cannot change input and hash together: nobody signed that', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    const other = await ask({ ...rollout, version: '6.6.6' })
    await change(id, 'whole_input', JSON.stringify(other.input))
    await change(id, 'input', JSON.stringify(other.input))
    await change(id, 'input_hash', other.inputHash)
    expect((await see(id)).decisions.map(({ signature }) => signature)).toEqual(
      Array(2).fill({ kind: 'invalid', reason: 'It was signed for another input.' }),
    )
    await expect(perform(id)).rejects.toMatchObject({ code: 'approval_required' })
  })

  it('cannot have it carried out a second time, for the audit log knows', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id)
    await trial.decide('eva', eva, id)
    await perform(id)
    await change(id, 'state', 'waiting')
    expect(await see(id)).toMatchObject({
      state: 'waiting',
      problem: 'The audit log says that it was carried out already.',
    })
    await expect(perform(id)).rejects.toMatchObject({ code: 'conflict' })
    expect(trial.started).toHaveLength(1)
  })

  it('cannot forge a decision, nor copy one', async () => {
    const { id } = await ask()
    const done = await trial.decide('ben', ben, id)
    const statement = {
      type: 'framework0/approval/v1' as const,
      approval: id,
      operation: done.operation,
      inputHash: done.inputHash,
      environments: done.environments,
      requester: 'ana',
      reason: done.reason,
      expiresAt: done.expiresAt,
      approver: 'eva',
      onBehalfOf: null,
      decision: 'approve' as const,
      comment: '',
      device: eva.device.id,
      at: new Date(trial.clock.now()).toISOString(),
    }
    const insert = (person: string, approver: string, envelope: unknown) =>
      sql`insert into approval_decision (approval, person, approver, at, envelope)
          values (${id}, ${person}, ${approver}, ${statement.at}, ${JSON.stringify(envelope)})`.execute(trial.workspace)
    const payload = payloadOf(statement)
    const own = trial.enrol('mallory')
    await insert(
      'eva',
      'eva',
      seal(
        { ...own, device: eva.device },
        payload.toString('base64'),
        preAuthenticationEncoding(approvalPayloadType, payload),
      ),
    )
    const { rows } = await sql<{
      envelope: string
    }>`select envelope from approval_decision where person = 'ben'`.execute(trial.workspace)
    await insert('dan', 'dan', JSON.parse(rows[0]?.envelope ?? ''))
    const { state, decisions } = await see(id)
    expect(state).toBe('waiting')
    expect(Object.fromEntries(decisions.map(({ approver, signature }) => [approver, signature]))).toEqual({
      ben: { kind: 'valid' },
      eva: { kind: 'invalid', reason: 'Its signature does not match.' },
      dan: { kind: 'invalid', reason: 'It is stored under another name than it was signed with.' },
    })
    await expect(perform(id)).rejects.toMatchObject({ message: 'It has 1 of 2 approvals.' })
  })

  it('cannot turn a rejection into an approval', async () => {
    const { id } = await ask()
    await trial.decide('ben', ben, id, 'reject')
    await change(id, 'state', 'waiting')
    const { rows } = await sql<{ envelope: string }>`select envelope from approval_decision`.execute(trial.workspace)
    const envelope = JSON.parse(rows[0]?.envelope ?? '')
    const statement = readStatement(envelope)
    if (typeof statement === 'string') throw new Error(statement)
    const turned = { ...envelope, payload: payloadOf({ ...statement, decision: 'approve' }).toString('base64') }
    expect((await see(id)).state).toBe('rejected')
    await sql`update approval_decision set envelope = ${JSON.stringify(turned)}`.execute(trial.workspace)
    expect((await see(id)).decisions[0]?.signature).toEqual({
      kind: 'invalid',
      reason: 'Its signature does not match.',
    })
  })
})
