import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrations } from '#main/app/migrations.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { AppError } from '#preload/contract/error.ts'
import { differCount } from '#preload/deployment/running-configuration.ts'
import { beginsWith, type Configuration, comesBackWith, differencesOf, type ServiceSettings } from './configuration.ts'
import { createConfigurationStore } from './configuration-store.ts'
import { createConfigurations } from './configurations.ts'
import { createRolloutHistory, type StoredRollout } from './history.ts'
import { createRolloutStore, type StoredService } from './store.ts'

const name = { environment: 'staging', service: 'checkout' }
const day = (n: number): string => `2026-01-0${n}T00:00:00.000Z`
const settings: ServiceSettings = {
  ...{ command: ['node', 'server.mjs'], healthPath: '/healthz', stopGraceSeconds: 5 },
  ...{ memoryMegabytes: null, cpuPercent: null },
}
const configuration = (
  values: Record<string, string>,
  secrets: Record<string, string> = {},
  change: Partial<ServiceSettings> = {},
): Configuration => ({
  values,
  secrets: Object.entries(secrets).map(([each, fingerprint]) => ({ name: each, fingerprint })),
  settings: { ...settings, ...change },
})
const old = configuration({ A: '1', B: '2' }, { KEPT: 'k', GONE: 'g', TOKEN: 't1' })
const recorded = { ...old, version: '1.0.0', recordedAt: day(1) }
const now = configuration({ B: '3', C: '4' }, { KEPT: 'k', NEW: 'n', TOKEN: 't2' })

describe('two configurations', () => {
  it('differ in values by what they are, and in secrets by whether they were set again', () => {
    expect(differencesOf(old, now)).toEqual([
      { kind: 'value', name: 'A', recorded: '1', present: null },
      { kind: 'value', name: 'B', recorded: '2', present: '3' },
      { kind: 'value', name: 'C', recorded: null, present: '4' },
      { kind: 'secret', name: 'GONE', recorded: 'set', present: null },
      { kind: 'secret', name: 'NEW', recorded: null, present: 'set' },
      { kind: 'secret', name: 'TOKEN', recorded: 'set', present: 'set again' },
    ])
    expect(differencesOf(old, old)).toEqual([])
  })

  it('differ in what their service says of an instance, after the rest and in words', () => {
    const other = { command: ['node', '--title=a b', 'x.mjs', ''], healthPath: null, stopGraceSeconds: 6 }
    const changed = configuration({ Z: '1' }, {}, { ...other, memoryMegabytes: 256, cpuPercent: 150 })
    const differences = differencesOf(configuration({}), changed)
    expect(differences).toEqual([
      { kind: 'value', name: 'Z', recorded: null, present: '1' },
      {
        ...{ kind: 'setting', name: 'Command', recorded: 'node server.mjs' },
        present: 'node "--title=a b" x.mjs ""',
      },
      { kind: 'setting', name: 'Health path', recorded: '/healthz', present: 'none, its port is open' },
      { kind: 'setting', name: 'Time to end in', recorded: '5 s', present: '6 s' },
      { kind: 'setting', name: 'Memory limit', recorded: 'none', present: '256 MB' },
      { kind: 'setting', name: 'CPU limit', recorded: 'none', present: '150 %' },
    ])
    expect([1, 2, 6].map((end) => differCount(differences.slice(0, end)))).toEqual([
      ...['1 key differs', '1 key and 1 setting differ', '1 key and 5 settings differ'],
    ])
    expect(differCount(differences.slice(1, 2))).toBe('1 setting differs')
  })

  it('are told when a version begins to run', () => {
    const begins = (from: Parameters<typeof beginsWith>[2]) => beginsWith('2.0.0', configuration({ A: '1' }), from)
    const alike = { ...configuration({ A: '1' }), version: '1.0.0', recordedAt: day(1) }
    expect(begins(null)).toBe(
      'The configuration of 2.0.0 is recorded: 1 value, 0 secrets and the settings of the service.',
    )
    expect(begins({ version: '1.0.0', recorded: alike })).toBe('2.0.0 has the configuration that 1.0.0 has.')
    expect(begins({ version: '1.0.0', recorded: { ...alike, values: { A: 'x'.repeat(100) } } })).toBe(
      `2.0.0 has another configuration than 1.0.0. A: ${'x'.repeat(80)}…, now 1.`,
    )
    expect(begins({ version: '1.0.0', recorded: { ...alike, settings: { ...settings, healthPath: '/' } } })).toBe(
      '2.0.0 has another configuration than 1.0.0. Health path: /, now /healthz.',
    )
    expect(begins({ version: '1.0.0', recorded: null })).toMatch(
      /That of 1\.0\.0 was not, so they cannot be compared\.$/,
    )
  })

  it('are told when one comes back', () => {
    expect(comesBackWith('1.0.0', recorded, recorded)).toBe(
      `1.0.0 has the configuration of ${day(1)} again, which is the present one.`,
    )
    expect(comesBackWith('1.0.0', recorded, now)).toBe(
      `1.0.0 has the configuration of ${day(1)} again. A: 1, now nothing; B: 2, now 3; C: nothing, now 4; GONE: a secret that is not set any more; NEW: no secret, now set; TOKEN: the secret was set again, and whatever starts has it as it is now.`,
    )
    expect(comesBackWith('1.0.0', null, now)).toMatch(/was not recorded, so what starts has the present one\.$/)
  })
})

describe('what versions are started with', () => {
  let present: Configuration
  let opened: Awaited<ReturnType<typeof openWorkspace>>
  let history: ReturnType<typeof createRolloutHistory>
  let configurations: ReturnType<typeof createConfigurations>
  const begin = (n: number, version: string, given: Configuration, state = 'succeeded'): Promise<void> =>
    history.insert(
      {
        ...{ ...name, id: `r${n}`, fromVersion: null, toVersion: version, state, phase: '', step: null },
        ...{ strategy: { kind: 'immutable' }, analysis: {}, approvals: [], weight: 0, isRollback: false },
        ...{ startedBy: 'ana', startedAt: day(n), endedAt: day(n), jobId: null },
      } as unknown as StoredRollout,
      { ...given, version, recordedAt: day(n) },
    )
  const startsWith = async (version: string) => (await configurations.open({ ...name, version })).env
  const count = async (): Promise<number> =>
    (
      await opened.workspace
        .withTables<{ recorded_configuration: { version: string } }>()
        .selectFrom('recorded_configuration')
        .select('version')
        .execute()
    ).length

  beforeEach(async () => {
    opened = await openWorkspace(':memory:', migrations)
    history = createRolloutHistory(opened.workspace)
    present = configuration({ A: 'present' }, { TOKEN: 't' })
    configurations = createConfigurations({
      records: createConfigurationStore(opened.workspace),
      given: async () => present,
      service: async (each) => (each === name.service ? ({ ...present.settings } as StoredService) : null),
      openSecrets: async (_, names = present.secrets.map((each) => each.name)) =>
        Object.fromEntries(names.map((each) => [each, `value of ${each}`])),
    })
  })
  afterEach(() => opened.close())

  it('is what was recorded, with the secrets that it names as they are now', async () => {
    await begin(1, '1.0.0', configuration({ A: 'recorded' }, { TOKEN: 'old' }))
    const changed = { command: ['false'], healthPath: '/other' }
    present = configuration({ A: 'present', B: 'more' }, { TOKEN: 'new', NEW: 'n' }, changed)
    expect(await configurations.open({ ...name, version: '1.0.0' })).toEqual({
      ...settings,
      env: { A: 'recorded' },
      secretEnv: { TOKEN: 'value of TOKEN' },
    })
    expect(await configurations.standing({ ...name, version: '1.0.0' }, present)).toMatchObject({
      recordedAt: day(1),
      differs: [
        ...[{ name: 'A' }, { name: 'B' }, { name: 'NEW' }, { name: 'TOKEN', present: 'set again' }],
        ...[
          { name: 'Command', present: 'false' },
          { name: 'Health path', present: '/other' },
        ],
      ],
    })
    expect(await configurations.healthPath({ ...name, version: '1.0.0' })).toBe('/healthz')
  })

  it('is what is there now where nothing was recorded', async () => {
    expect(await configurations.open({ ...name, version: '0.9.0' })).toEqual({
      ...{ ...settings, env: { A: 'present' }, secretEnv: { TOKEN: 'value of TOKEN' } },
    })
    expect(await configurations.healthPath({ ...name, version: '0.9.0' })).toBe('/healthz')
    expect(await configurations.standing({ ...name, version: '0.9.0' }, present)).toEqual({
      ...{ version: '0.9.0', recordedAt: null, differs: [] },
    })
  })

  it('has no health path where it was recorded with none, and is refused where there is no such service', async () => {
    await begin(1, '1.0.0', configuration({}, {}, { healthPath: null }))
    expect(await configurations.healthPath({ ...name, version: '1.0.0' })).toBeNull()
    const gone = { ...name, service: 'gone', version: '1.0.0' }
    expect(await configurations.healthPath(gone)).toBeNull()
    await expect(configurations.open(gone)).rejects.toMatchObject({ message: 'There is no service gone any more.' })
  })

  it('is refused, with a sentence, when a secret that it needs is gone', async () => {
    await begin(1, '1.0.0', old)
    present = configuration({}, { KEPT: 'k', TOKEN: 't' })
    await expect(configurations.open({ ...name, version: '1.0.0' })).rejects.toEqual(
      new AppError('not_found', '1.0.0 was rolled out with the secret GONE, which is not set in staging any more.', {
        hint: 'Set it again under Secrets.',
      }),
    )
  })

  it('is what the version had before, when a rollout of it is not kept', async () => {
    await begin(1, '1.0.0', configuration({ A: 'first' }))
    await begin(2, '1.0.0', configuration({ A: 'second' }))
    expect(await startsWith('1.0.0')).toEqual({ A: 'second' })
    await configurations.forget('r2')
    expect(await startsWith('1.0.0')).toEqual({ A: 'first' })
  })

  it('is kept for what runs and what can be brought back, and goes with the service', async () => {
    const store = createRolloutStore(opened.workspace)
    for (const [index, version] of ['1.0.0', '2.0.0', '1.0.0', '3.0.0'].entries())
      await begin(index + 1, version, configuration({ A: String(index + 1) }))
    await configurations.keepOnly(name, ['3.0.0', '1.0.0'])
    expect(await count()).toBe(2)
    expect([await startsWith('3.0.0'), await startsWith('1.0.0'), await startsWith('2.0.0')]).toEqual([
      ...[{ A: '4' }, { A: '3' }, { A: 'present' }],
    ])
    await configurations.keepOnly({ ...name, service: 'other' }, [])
    expect(await count()).toBe(2)
    await store.removePlacement(name.environment, name.service)
    expect(await count()).toBe(0)
  })

  it('is not recorded for a rollout that is refused beside another', async () => {
    await begin(1, '1.0.0', old, 'running')
    await expect(begin(2, '1.0.0', now, 'running')).rejects.toMatchObject({ code: 'conflict' })
    expect(await count()).toBe(1)
    expect(await startsWith('1.0.0').catch(({ message }) => message)).toContain('the secrets KEPT, GONE')
  })
})
