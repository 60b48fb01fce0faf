import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type GitServer, startGitServer } from '#e2e/app/peers/git-server.ts'
import { type Behaviour, buildSubject, endAgent, subjectService } from '#e2e/app/peers/subject.ts'
import type { RolloutState, Strategy } from '#preload/deployment/rollouts.ts'
import { trialPassphrase as passphrase } from './git-sources.driver.ts'
import { filesWith, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const environment = 'staging'
const service = 'checkout'
const path = 'deploy/staging.yaml'
const folder = temporaryFolder('git-sources')
const data = join(folder, 'data')
let trial: Trial
let server: GitServer

const until = <T>(check: () => T | Promise<T>, timeout = 30_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 100 })
const release = async (version: string, behaviour: Behaviour = {}): Promise<void> => {
  const built = buildSubject(folder, version, behaviour)
  await trial.api.rollouts.addRelease({ service, version, folder: built, notes: '' })
}
const says = (version: string): string => `# Staging.\nversion: ${version} # what runs\n`
const gitRuns = (version: string): string => server.commit({ [path]: says(version) }, `Run ${version}`)
const rollouts = async () => (await trial.api.rollouts.list({})).toReversed()
const versions = async () => (await rollouts()).map(({ toVersion }) => toVersion)
const newest = async (version: string, state: RolloutState) =>
  until(async () => {
    const found = (await rollouts()).at(-1)
    expect(found && [found.toVersion, found.endedAt === null ? 'not ended' : found.state]).toEqual([version, state])
    return trial.api.rollouts.get({ id: found?.id ?? '' })
  })
const source = async () => (await trial.api.gitSources.list({}))[0]
const immutable: Strategy = { kind: 'immutable' }
/** Waits long enough at its one step for a version that ends by itself to do so. */
const waiting: Strategy = {
  ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
  steps: [{ weight: 10, pause: { kind: 'time', seconds: 1 }, analyse: false }],
}
const none = { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 }
const settings = () => ({
  ...{ environment, service, address: server.url, branch: 'main', path, key: 'version', user: 'git' },
  automatic: { strategy: waiting, analysis: none },
})
const actsOfTheApplication = async (operation: string) => {
  const { entries } = await trial.api.audit.list({ operation })
  return entries.filter(({ actor }) => actor === 'application')
}

describe('Git as the source of a version', () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    server = await startGitServer()
    gitRuns('1.0.0')
    trial = await startTrial(data)
    await trial.api.access.createVault({ passphrase })
    await trial.api.environments.create({
      ...{ name: environment, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
      ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
    })
    await trial.api.rollouts.saveService({ ...subjectService(service, 1), revision: null })
    await release('1.0.0')
    await trial.api.rollouts.start({ environment, service, version: '1.0.0', strategy: immutable, analysis: none })
    await newest('1.0.0', 'succeeded')
  })
  afterAll(async () => {
    await trial?.close()
    await server?.[Symbol.asyncDispose]()
    endAgent(data)
    removeFolder(folder)
  })

  it('is refused where it is hostile, or nothing is there, before anything is kept', async () => {
    const save = (change: object) => trial.api.gitSources.save({ ...settings(), revision: null, ...change })
    await expect(save({ address: 'ext::sh -c id' })).rejects.toMatchObject({ code: 'invalid', at: 'address' })
    await expect(save({ environment: 'nowhere' })).rejects.toMatchObject({
      message: 'There is no environment nowhere.',
    })
    await expect(save({ branch: '-f' })).rejects.toMatchObject({ code: 'invalid' })
    expect(await trial.api.gitSources.list({})).toEqual([])
  })

  it('tells what it says beside what runs, and keeps its token to the vault', async () => {
    const saved = await trial.api.gitSources.save({ ...settings(), token: server.token, revision: null })
    expect(saved).toMatchObject({
      ...{ state: 'in step', runs: '1.0.0', error: null, hasToken: true },
      reading: { version: '1.0.0', author: 'ana', subject: 'Run 1.0.0' },
    })
    expect(filesWith(data, server.token)).toEqual([])
    await expect(
      trial.api.gitSources.save({ ...settings(), address: 'https://example.org/x.git', revision: 1 }),
    ).rejects.toMatchObject({ at: 'token' })
  })

  it('has a version rolled out by itself that it newly says, with an entry in the audit log', async () => {
    await release('1.1.0')
    const commit = gitRuns('1.1.0')
    const { events, startedBy } = await newest('1.1.0', 'succeeded')
    expect(startedBy).toBe('application')
    expect(events[0]?.text).toBe(`Git says 1.1.0 since ${commit.slice(0, 7)} by ana: it is rolled out by canary.`)
    await until(async () => expect(await source()).toMatchObject({ state: 'in step', runs: '1.1.0', held: null }))
    expect(await actsOfTheApplication('rollouts.start')).toHaveLength(1)
  })

  it('gets the revert once when that version goes back, which is excluded and not started again', async () => {
    await release('1.2.0', { exitAfterMs: 500 })
    const commit = gitRuns('1.2.0')
    const { events, id } = await newest('1.2.0', 'rolled-back')
    expect(server.subjects().slice(0, 2)).toEqual(['Revert "Run 1.2.0"', 'Run 1.2.0'])
    expect(server.file(path)).toBe(says('1.1.0'))
    const message = server.git('log', '-1', '--format=%B', 'main')
    expect(message).toContain(`This reverts commit ${commit}.\n\n`)
    expect(message).toMatch(new RegExp(`Instance 0 .*\n\nRollout: ${id}$`))
    expect(events.filter(({ kind }) => kind.startsWith('git')).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Git says 1\.1\.0 again: \w{7} takes back \w{7}\. 1\.2\.0 is excluded\.$/),
    ])
    const [excluded] = (await trial.api.rollouts.releases({ service })).filter(({ version }) => version === '1.2.0')
    expect(excluded?.excluded).toMatchObject({ by: 'application', reason: expect.stringContaining(id) })
    await until(async () => expect(await source()).toMatchObject({ state: 'in step', runs: '1.1.0' }))
    gitRuns('1.2.0')
    await until(async () => expect((await source())?.held).toMatch(/^1\.2\.0 is excluded: Instance 0/))
    expect(await versions()).toEqual(['1.0.0', '1.1.0', '1.2.0'])
    gitRuns('1.1.0')
    await until(async () => expect(await source()).toMatchObject({ state: 'in step', held: null }))
  })

  it('is not followed while the environment is locked, and says so', async () => {
    await release('1.3.0')
    await trial.api.environments.lock({ name: environment, reason: 'An audit.' })
    gitRuns('1.3.0')
    await until(async () => expect((await source())?.held).toBe('staging is locked: An audit.'))
    await trial.api.environments.unlock({ name: environment })
    await newest('1.3.0', 'succeeded')
  })

  it('gets one revert though the application was killed between the push and the record', async () => {
    await trial.api.rollouts.exclude({ service, version: '1.3.0', reason: null })
    server.hook('post-receive', 'touch pushed; sleep 2')
    await trial.close()
    const driver = join(import.meta.dirname, 'git-sources.driver.ts')
    const child = spawn(process.execPath, [driver, data, environment, service], { stdio: 'inherit' })
    try {
      await until(() => expect(server.subjects()[0]).toBe('Revert "Run 1.3.0"'))
    } finally {
      child.kill('SIGKILL')
    }
    server.hook('post-receive', null)
    trial = await startTrial(data)
    // Nothing of the push was recorded: the step is begun again, and waits for the token.
    expect((await rollouts()).at(-1)).toMatchObject({ isRollback: true, endedAt: null })
    await trial.api.access.unlockVault({ passphrase })
    const { events, isRollback } = await newest('1.1.0', 'succeeded')
    expect(isRollback).toBe(true)
    expect(events.filter(({ kind }) => kind === 'git').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Git says 1\.1\.0 again: \w{7} takes back \w{7}\./),
    ])
    expect(server.subjects().filter((subject) => subject === 'Revert "Run 1.3.0"')).toHaveLength(1)
    expect(server.git('log', '-1', '--format=%B', 'main')).toContain('It forgets orders.')
    await until(async () => expect(await source()).toMatchObject({ state: 'in step', runs: '1.1.0' }))
  })

  it('leaves the requests where they went back to when it takes no push, and says what to do', async () => {
    await release('1.4.0')
    gitRuns('1.4.0')
    await newest('1.4.0', 'succeeded')
    server.hook('pre-receive', 'echo "main is protected" >&2; exit 1')
    await trial.api.rollouts.rollBack({ environment, service, reason: 'It is slow.' })
    const { events } = await newest('1.1.0', 'succeeded')
    expect(events.find(({ kind }) => kind === 'git-problem')?.text).toBe(
      'The revert was not written to Git. The repository takes no push to main: main is protected. Set version in deploy/staging.yaml on main back to 1.1.0 by hand. 1.4.0 is excluded, so nothing rolls it out.',
    )
    await until(async () => expect(await source()).toMatchObject({ state: 'differs', runs: '1.1.0', held: null }))
    await sleep(700)
    expect((await versions()).at(-1)).toBe('1.1.0')
    const { drift } = await trial.api.rollouts.plan({
      ...{ environment, service, version: '1.0.0', strategy: immutable, analysis: none },
    })
    expect(drift).toMatch(/^Git says 1\.4\.0 \(\w{7}\)\. Afterwards 1\.0\.0 runs, and Git says something else\./)
    server.hook('pre-receive', null)
  })

  it('is not followed by itself where others have to approve', async () => {
    const { revision, ...rest } = await trial.api.environments.get({ name: environment })
    const { name, description, region, owners, target, layers, freezeCalendar, expiresAt } = rest
    await trial.api.environments.update({
      ...{ name, description, region, owners, target, layers, freezeCalendar, expiresAt, revision },
      requiredApprovals: 1,
    })
    gitRuns('1.0.0')
    await until(async () => expect((await source())?.held).toMatch(/^staging asks for approval by others/))
    expect(trial.faults()).toEqual([])
    expect(filesWith(data, server.token)).toEqual([])
  })
})
