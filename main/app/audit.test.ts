import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { personalCaller } from '#main/kernel/access/caller.ts'
import { collect, removeFolder, startTrial, type Trial, temporaryFolder } from './trial.ts'

const folder = temporaryFolder()
const verifier = join(import.meta.dirname, '..', '..', 'resources', 'tooling', 'framework0-verify.mjs')
let trial: Trial

beforeAll(async () => {
  trial = await startTrial(join(folder, 'data'))
  await trial.api.access.createVault({ passphrase: 'correct horse battery staple' })
  for (const name of ['one', 'two', 'three'])
    await trial.api.operations.saveView({ screen: 'alerts', name, search: {} })
})
afterAll(async () => {
  await trial.close()
  removeFolder(folder)
})

const newest = async (operation: string) => (await trial.api.audit.list({ operation })).entries[0]
const verdict = async () => (await collect(trial.api.audit.verify({}))).at(-1)

describe('the audit log, through the one door', () => {
  it('is verified to a signed checkpoint, which is consistent with the one before', async () => {
    const before = await verdict()
    expect(before).toMatchObject({ state: 'verified', problems: [] })
    await trial.api.operations.saveView({ screen: 'alerts', name: 'four', search: {} })
    expect(await trial.api.audit.integrity({})).toMatchObject({ state: 'appended' })
    const after = await verdict()
    const [from, to] = [before?.checkpoint?.size ?? 0, after?.checkpoint?.size ?? 0]
    expect(to).toBeGreaterThan(from)
    const { path } = await trial.api.audit.consistency({ from, to })
    expect(path.length).toBeGreaterThan(0)
    await expect(trial.api.audit.consistency({ from: to, to: from })).rejects.toMatchObject({ code: 'invalid' })
    await expect(trial.api.audit.proof({ sequence: 10_000 })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('writes down who keeps what, and who lets it go', async () => {
    const { holds } = await trial.api.audit.placeHold({ name: 'Case 7', reason: 'Litigation', filter: { text: 'one' } })
    expect(await newest('audit.placeHold')).toMatchObject({ targets: [holds[0]?.id], after: { name: 'Case 7' } })
    expect(await trial.api.audit.setRetention({ keepDays: 90 })).toMatchObject({ keepDays: 90, pruned: 0 })
    await trial.api.audit.releaseHold({ id: holds[0]?.id ?? '', reason: 'Settled' })
    expect(await newest('audit.releaseHold')).toMatchObject({
      after: { reason: 'Settled' },
      before: { releasedAt: null },
    })
    await expect(trial.as('viewer').audit.setRetention({ keepDays: 30 })).rejects.toMatchObject({ code: 'forbidden' })
    expect(await newest('audit.setRetention')).toMatchObject({ outcome: 'forbidden' })
  })

  it('exports evidence that is verified without the application', async () => {
    const items = await collect(trial.api.audit.export({ format: 'evidence', filter: {} }))
    const path = join(folder, 'evidence.zip')
    writeFileSync(path, Buffer.concat(items.filter((item) => item instanceof Uint8Array)))
    const { status, stdout } = spawnSync(process.execPath, [verifier, path], { encoding: 'utf8' })
    expect(stdout).toContain('every entry of the log')
    expect([status, stdout]).toEqual([0, expect.stringMatching(/VERIFIED\n$/)])
  })

  it('forgets a person, and still verifies', async () => {
    const bo = personalCaller('bo', 'browser', 'elsewhere')
    const view = { screen: 'alerts', name: 'Of Bo', search: {} }
    const { signal } = new AbortController()
    await trial.application.router.call(bo, 'operations.saveView', view, signal)
    const { actors } = await trial.api.audit.facets({})
    const subject = actors.find(({ name }) => name === 'bo')?.subject ?? ''
    const byBo = { ...bo, personal: false, provenAt: Date.now() }
    const own = await trial.application.router.call(byBo, 'audit.erase', { subject, reason: 'x' }, signal)
    expect(own).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(await trial.api.audit.erase({ subject, reason: 'Asked for it' })).toMatchObject({ subject, name: null })
    const [last] = (await trial.api.audit.list({ operation: 'operations.saveView' })).entries
    expect(last).toMatchObject({ subject, actor: null, source: null, session: null })
    expect(await newest('audit.erase')).toMatchObject({ targets: [subject], after: { reason: 'Asked for it' } })
    expect(await verdict()).toMatchObject({ state: 'verified', problems: [] })
    await expect(trial.api.audit.erase({ subject: 'nobody', reason: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })
})
