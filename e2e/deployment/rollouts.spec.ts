import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { type Application, startApplication, temporaryData } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { type Behaviour, buildSubject, endAgent, subjectService } from '../app/peers/subject.ts'

const environment = 'production'
const service = 'checkout'
let folder: string
let loading = false

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-subject-'))
})
test.afterEach(() => {
  loading = false
  rmSync(folder, { recursive: true, force: true })
})

const addEnvironment = ({ api }: Application) =>
  api.environments.create({
    ...{ name: environment, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
    ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
  })
const addRelease = ({ api }: Application, version: string, behaviour: Behaviour = {}) =>
  api.rollouts.addRelease({ service, version, folder: buildSubject(folder, version, behaviour), notes: '' })

/** A service with one version that serves in production. */
async function serveFirst(application: Application): Promise<void> {
  const { api } = application
  await addEnvironment(application)
  await api.rollouts.saveService({ ...subjectService(service), revision: null })
  await addRelease(application, '1.0.0')
  const analysis = { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 }
  const strategy = { kind: 'immutable' } as const
  const { id } = await api.rollouts.start({ environment, service, version: '1.0.0', strategy, analysis })
  await expect.poll(async () => (await api.rollouts.get({ id })).state).toBe('succeeded')
}

/** Asks the service without a pause until the test ends. @returns what failed without an answer. */
async function load({ api }: Application): Promise<readonly string[]> {
  const [found] = await api.rollouts.services({})
  const address = found?.placements[0]?.address ?? ''
  const failures: string[] = []
  loading = true
  const client = async (): Promise<void> => {
    while (loading)
      await fetch(address).then(
        (response) => response.text(),
        (error: Error) => failures.push(String(error.cause ?? error)),
      )
  }
  for (let n = 0; n < 3; n++) void client()
  return failures
}

async function rollOut(page: Page, version: string, more?: (dialog: Locator) => Promise<void>): Promise<void> {
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await page.getByRole('button', { name: 'Roll out', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: `Roll out ${service}` })
  await dialog.getByLabel('Version', { exact: true }).selectOption(version)
  await dialog.getByLabel('Percent at each step').fill('20, 50')
  await dialog.getByLabel('Seconds before it is judged').fill('1')
  await dialog.getByLabel('Requests a decision needs').fill('30')
  await dialog.getByLabel('Seconds between two looks').fill('2')
  await dialog.getByLabel('Good looks at each step').fill('2')
  await dialog.getByLabel('Failed requests allowed, percent').fill('2')
  await more?.(dialog)
  await expect(dialog.getByText('Start 1 instance of')).toBeVisible()
}

test('a service is added, rolled out, configured anew, and brought back with the configuration it had', async ({
  window: page,
  application,
}) => {
  await addEnvironment(application)
  await go(page, 'Services')
  await expect(page.getByText('No service is known yet')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add a service' }).first().click()
  await page.getByLabel('Name').fill(service)
  await page.getByLabel('Command').fill(`${process.execPath}\nserver.mjs`)
  await page.getByLabel('Health path').fill('/healthz')
  await expectAccessible(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Add the service' }).dblclick()
  await page.getByRole('button', { name: 'Add a version' }).click()
  await page.getByLabel('Version', { exact: true }).fill('1.0.0')
  await page.getByLabel('Folder on this machine').fill(buildSubject(folder, '1.0.0'))
  await page.getByRole('dialog').getByRole('button', { name: 'Add the version' }).dblclick()
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.getByRole('button', { name: 'Roll out', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: `Roll out ${service}` })
  await dialog.getByLabel('Environment').selectOption(environment)
  await dialog.getByLabel('Version', { exact: true }).selectOption('1.0.0')
  await dialog.getByLabel('Strategy').selectOption('immutable')
  await expect(dialog.getByText('Version of checkout in production: nothing → 1.0.0')).toBeVisible()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('1.0.0 gets all requests.').first()).toBeVisible()
  await expect(page.getByRole('row', { name: /^1\.0\.0 1 of 1/ })).toBeVisible()
  await expect(page.getByText('Now, over five minutes')).toBeHidden()
  await page.getByRole('button', { name: 'Show what 1.0.0 wrote' }).click()
  const wrote = page.getByRole('region', { name: 'What instance 0 of 1.0.0 wrote' })
  await expect(wrote).toHaveText('1.0.0 listens')
  await expectAccessible(page)
  const [found] = await application.api.rollouts.services({})
  expect(await (await fetch(found?.placements[0]?.address ?? '')).text()).toContain('version 1.0.0')
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await page.getByRole('button', { name: 'Show what 1.0.0 wrote' }).click()
  await expect(wrote).toHaveText('1.0.0 listens')
  await page.getByRole('button', { name: 'Add again: 1.0.0' }).click()
  await expect(page.getByText('1.0.0+2', { exact: true })).toBeVisible()

  // the layers and the service change, and what runs does not
  const { revision } = await application.api.environments.get({ name: environment })
  await application.api.environments.update({
    ...{ name: environment, description: '', region: '', owners: [], target: { kind: 'machine' }, revision },
    ...{ layers: [{ name: 'base', values: { GREETING: 'hello' } }] },
    ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
  })
  const settings = { ...subjectService(service, found?.replicas), stopGraceSeconds: 10, healthPath: '/' }
  await application.api.rollouts.saveService({ ...settings, revision: found?.revision ?? null })
  await go(page, 'Environments')
  await page
    .getByRole('grid', { name: 'Environments' })
    .getByRole('gridcell', { name: environment, exact: true })
    .click()
  await page.getByRole('tab', { name: /^Configuration/ }).click()
  const note = page.getByRole('note')
  await expect(note).toContainText('checkout 1.0.0 runs with the configuration of')
  await expect(note).toContainText('1 key and 1 setting differ from the present one:')
  const differences = ['GREETING: nothing, now hello', 'Health path: /healthz, now /']
  await expect(note.getByRole('listitem')).toHaveText(differences)
  await expectAccessible(page)

  // the plan of the next rollout tells it, and the way back that it is undone
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await expect(page.getByRole('note')).toContainText('1.0.0 runs with the configuration of')
  await page.getByRole('button', { name: 'Roll out', exact: true }).click()
  await dialog.getByLabel('Version', { exact: true }).selectOption('1.0.0+2')
  await dialog.getByLabel('Strategy').selectOption('immutable')
  await expect(dialog.getByText('Configuration GREETING: nothing → hello')).toBeVisible()
  await expect(dialog.getByText('Health path: /healthz → /')).toBeVisible()
  await dialog.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('1.0.0+2 gets all requests.').first()).toBeVisible()
  await expect(page.getByText(/^1\.0\.0\+2 has another configuration than 1\.0\.0\. GREETING/)).toBeVisible()
  const answer = async () => (await fetch(found?.placements[0]?.address ?? '')).text()
  expect(await answer()).toContain('greeting hello')
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await page.getByRole('button', { name: 'Back to 1.0.0' }).click()
  const ask = page.getByRole('alertdialog')
  await expect(ask).toContainText('1.0.0 comes back with the configuration that it had')
  await expect(ask.getByRole('listitem')).toHaveText(differences)
  await expectAccessible(page)
  await ask.getByRole('button', { name: 'Roll back' }).click()
  await expect(page.getByText(/^1\.0\.0 has the configuration of .* again\. GREETING/)).toBeVisible()
  await expect.poll(answer).toContain('greeting none')

  // what is served is not removed, and what is served nowhere is
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await expect(page.getByRole('button', { name: /^Remove/ })).toHaveAccessibleDescription(
    'checkout is served in production. Stop it there first.',
  )
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await ask.getByRole('textbox').fill(service)
  await ask.getByRole('button', { name: 'Stop it' }).click()
  await expect(page.getByText('It runs nowhere.')).toBeVisible()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(ask).toContainText('Its 2 versions and what Git says of it are forgotten')
  await expectAccessible(page)
  await ask.getByRole('textbox').fill(service)
  await ask.getByRole('button', { name: 'Remove service' }).click()
  await expect(page.getByText('No service is known yet')).toBeVisible()
})

test('a canary that answers well is promoted, one that fails goes back by itself, and no request is lost', async ({
  window: page,
  application,
}) => {
  test.setTimeout(120_000)
  await serveFirst(application)
  await addRelease(application, '1.1.0')
  await addRelease(application, '1.2.0', { failEvery: 10 })
  const failures = await load(application)

  await rollOut(page, '1.1.0')
  await page.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('What was measured and decided')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('✓ Good').first()).toBeVisible()
  await picture(page, 'rollout')
  await expect(page.getByText('1.1.0 gets all requests.').first()).toBeVisible({ timeout: 60_000 })

  await rollOut(page, '1.2.0')
  await page.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('1.1.0 gets all requests again.').first()).toBeVisible({ timeout: 60_000 })
  const why = /^Failed requests failed: .* is above the bound of 0\.02\./
  await expect(page.getByText(why).first()).toBeVisible()
  await expect(page.getByRole('grid', { name: 'Rollouts' }).getByText(why)).toBeVisible()
  await expect(page.getByRole('region', { name: 'What 1.2.0 wrote before it was ended' })).toContainText(
    'ERROR request',
  )
  await expect(page.getByRole('row', { name: /^1\.2\.0 \d of \d/ })).toBeVisible()
  await expectAccessible(page)
  await picture(page, 'rollback')
  expect(failures).toEqual([])
})

test('a canary is judged by a script and a probe beside the gateway, held for a person, and the version excluded', async ({
  window: page,
  application,
}) => {
  test.setTimeout(120_000)
  await serveFirst(application)
  const built = buildSubject(folder, '1.3.0')
  writeFileSync(join(built, 'check.sh'), '#!/bin/sh\necho checked\necho "$1"\n', { mode: 0o755 })
  await application.api.rollouts.addRelease({ service, version: '1.3.0', folder: built, notes: '' })
  const failures = await load(application)

  await rollOut(page, '1.3.0', async (dialog) => {
    await dialog.getByLabel('Percent at each step').fill('50')
    await dialog.getByLabel('Wait for a person at each step').check()
    await dialog.getByText('More on who gets it').click()
    await dialog.getByLabel('Requests of one client stay').selectOption('header')
    await dialog.getByLabel('Name of the header').fill('X-Client')
    await dialog.getByLabel('Header that always gets it').fill('X-Canary: yes')
    await dialog.getByRole('button', { name: 'Judge by another metric' }).click()
    await dialog.getByLabel('Measured by').selectOption('http-probe')
    await dialog.getByLabel('Fails above, percent').fill('0')
    await dialog.getByLabel('Path').fill('/healthz')
    await dialog.getByRole('button', { name: 'Judge by another metric' }).click()
    const script = dialog.getByRole('group', { name: 'Metric 2' })
    await script.getByLabel('Measured by').selectOption('script')
    await script.getByLabel('Fails above').fill('5')
    await script.getByLabel('Command').fill('check.sh\n7')
    await expect(dialog.getByText('Judge it by 4 metrics.')).toBeVisible()
    await expectAccessible(page)
  })
  await page.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('Step 1 waits for a person.').first()).toBeVisible({ timeout: 30_000 })
  const [placed] = (await application.api.rollouts.services({}))[0]?.placements ?? []
  const answer = await fetch(placed?.address ?? '', { headers: { 'x-canary': 'yes' } })
  expect(await answer.text()).toContain('1.3.0')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByText(/^Script 2 failed: 7 is above the bound of 5\./).first()).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('1.0.0 gets all requests again.').first()).toBeVisible({ timeout: 60_000 })

  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await page.getByRole('button', { name: 'Exclude 1.3.0' }).click()
  await page.getByLabel('Why').fill('It checks badly.')
  await page.getByRole('dialog').getByRole('button', { name: 'Exclude 1.3.0' }).click()
  await expect(page.getByText(/Excluded by .*: It checks badly\./)).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Allow 1.3.0 again' }).click()
  await expect(page.getByText(/It checks badly/)).toBeHidden()
  expect(failures).toEqual([])
})

test('by keyboard alone, a rollout is found, stopped and goes back', async ({ window: page, application }) => {
  await serveFirst(application)
  await addRelease(application, '2.0.0')
  const pause = { kind: 'person' } as const
  await application.api.rollouts.start({
    ...{ environment, service, version: '2.0.0' },
    strategy: {
      ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
      steps: [{ weight: 10, pause, analyse: false }],
    },
    analysis: { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 },
  })
  await page.keyboard.press('g')
  await page.keyboard.press('r')
  const grid = page.getByRole('grid', { name: 'Rollouts' })
  await expect(grid.getByText('Waits', { exact: true })).toBeVisible()
  await grid.locator('[data-roving]').first().focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: /Go on/ })).toBeVisible()
  await page.keyboard.press('Shift+R')
  await expect(page.getByText('1.0.0 gets all requests again at once.')).toBeVisible()
  await expect(
    page.getByText(/^1\.0\.0 comes back with the configuration .* which is the present one\.$/),
  ).toBeVisible()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Stop and go back' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText('1.0.0 gets all requests again.').first()).toBeVisible({ timeout: 20_000 })
})

test('a rollout goes on when the application was killed amid it, and no request is lost', async () => {
  test.setTimeout(120_000)
  const data = temporaryData()
  let application = await startApplication({ data })
  try {
    await serveFirst(application)
    await addRelease(application, '3.0.0')
    const failures = await load(application)
    const step = (weight: number) => ({ weight, pause: { kind: 'time', seconds: 2 }, analyse: false }) as const
    const { id } = await application.api.rollouts.start({
      ...{ environment, service, version: '3.0.0' },
      strategy: {
        ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
        steps: [step(10), step(30), step(60)],
      },
      analysis: { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 },
    })
    for (const weight of [10, 30]) {
      await expect.poll(async () => (await application.api.rollouts.get({ id })).weight).toBeGreaterThanOrEqual(weight)
      await application.stop('SIGKILL')
      application = await startApplication({ data })
    }
    await expect
      .poll(async () => (await application.api.rollouts.get({ id })).state, { timeout: 60_000 })
      .toBe('succeeded')
    loading = false
    expect(failures).toEqual([])
    const { events } = await application.api.rollouts.get({ id })
    const said = events.filter(({ kind }) => kind === 'traffic').map(({ text }) => text.split(' ')[0])
    expect(said).toEqual(['0', '10', '30', '60', '100'])
  } finally {
    await application.stop()
    endAgent(data)
    rmSync(data, { recursive: true, force: true })
  }
})
