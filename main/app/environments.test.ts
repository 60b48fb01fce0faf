import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, personalCaller } from '#main/kernel/access/caller.ts'
import { manualClock } from '#main/kernel/clock.ts'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import { loadPolicy } from './load-policy.ts'
import { filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder('environments')
let trial: Trial

beforeAll(async () => {
  trial = await startTrial(folder)
})
afterAll(async () => {
  await trial.close()
  removeFolder(folder)
})

const input = (name: string, change: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  ...{ name, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
  ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null, ...change },
})

const runJob = async (kind: string): Promise<string | null> => {
  const find = async () => (await trial.api.operations.jobs({})).find((job) => job.kind === kind)
  const before = await find()
  await trial.api.operations.runJob({ id: before?.id ?? '' })
  await expect
    .poll(async () => {
      const now = await find()
      return now?.state === 'waiting' && now.updatedAt !== before?.updatedAt
    })
    .toBe(true)
  return (await find())?.progress ?? null
}

describe('the environments of an application', () => {
  it('are told to everybody who watches when they change', async () => {
    const abort = new AbortController()
    const told = trial.api.environments.watch({}, { signal: abort.signal })[Symbol.asyncIterator]()
    const first = told.next()
    await new Promise((resolve) => setTimeout(resolve, 100)) // until the stream is open
    await trial.api.environments.create(input('development'))
    expect((await first).value).toEqual({ revision: expect.any(Number) })
    abort.abort()
  })

  it('expire by a job, which leaves the entry in the audit log that a removal leaves', async () => {
    const expiresAt = new Date(Date.now() + 2_000).toISOString()
    await trial.api.environments.create(input('trial', { expiresAt }))
    await trial.api.environments.create(input('stays'))
    expect(await runJob('expire-environments')).toBe('Nothing had expired')
    await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt) - Date.now() + 50))
    expect(await runJob('expire-environments')).toBe('Removed trial')
    expect((await trial.api.environments.list({})).map(({ name }) => name)).toEqual(['development', 'stays'])
    const { entries } = await trial.api.audit.list({ limit: 50 })
    const [removal] = entries.filter(({ operation }) => operation === 'environments.remove')
    expect(removal).toMatchObject({ via: 'application', environments: ['trial'], outcome: 'succeeded' })
    expect(removal?.before).toMatchObject({ name: 'trial' })
  })

  it('keep their secrets out of every file, and the names of their owners out of the audit log', async () => {
    await trial.api.access.createVault({ passphrase: 'correct horse battery' })
    await trial.api.environments.create(input('production', { owners: ['Grace Hopper'] }))
    await trial.api.environments.setSecret({ name: 'production', secret: 'TOKEN', value: 's3cret-of-production' })
    const { entries } = await trial.api.audit.list({ limit: 50 })
    expect(JSON.stringify(entries)).not.toContain('Grace Hopper')
    expect(JSON.stringify(entries)).toContain('TOKEN')
    expect(filesWith(folder, 's3cret-of-production')).toEqual([])
    expect(trial.faults()).toEqual([])
  })
})

describe('an environment that asks for approvals', () => {
  const policy = loadPolicy(join(import.meta.dirname, '../../resources'), { clock: manualClock() })
  const releaser: Caller = { ...personalCaller('ana', 'browser', 's', ['release-manager']), personal: false }
  const owner = personalCaller('ana', 'desktop', 's')
  const judge = (operation: string, approvers: readonly string[], caller = releaser, required = '2') => {
    const action = policy.vocabulary.actions.find(({ name }) => name === operation)
    if (!action) throw new Error(`no ${operation}`)
    const resource = { environment: 'production', id: 'e', labels: { requiredApprovals: required } }
    const verdict = policy.judge({
      ...{ caller, action, resources: [resource] },
      grant: approvers.length === 0 ? null : { approval: 'a', approvers },
    })
    return verdict.allowed ? 'allowed' : verdict.code
  }

  it.each(['update', 'remove', 'setSecret', 'removeSecret', 'setSshKey', 'removeSshKey'])(
    'is not changed by %s before enough gave theirs',
    (name) => {
      const operation = `environments.${name}`
      expect(judge(operation, [])).toBe('approval_required')
      expect(judge(operation, ['bo'])).toBe('approval_required')
      expect(judge(operation, ['bo', 'cy'])).toBe('allowed')
      expect(judge(operation, [], owner)).toBe('allowed')
      expect(judge(operation, [], releaser, '0')).toBe('allowed')
    },
  )

  it('is locked at once, which may be urgent', () => {
    expect(judge('environments.lock', [])).toBe('allowed')
  })
})
