import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application } from '../app/application.ts'
import { expect, expectAccessible, test } from '../app/fixtures.ts'
import { buildSubject, endAgent, subjectService } from '../app/peers/subject.ts'

const environment = 'production'
const service = 'checkout'
let folder: string

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-overview-'))
})
test.afterEach(() => rmSync(folder, { recursive: true, force: true }))

const unjudged = { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 }

async function addEnvironments({ api }: Application, names: readonly string[]): Promise<void> {
  for (const name of names)
    await api.environments.create({
      ...{ name, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
      ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
    })
}

/** A service whose first version serves in production. */
async function serveFirst({ api }: Application): Promise<void> {
  await api.rollouts.saveService({ ...subjectService(service), revision: null })
  for (const version of ['1.0.0', '1.1.0'])
    await api.rollouts.addRelease({ service, version, folder: buildSubject(folder, version), notes: '' })
  const strategy = { kind: 'immutable' } as const
  const { id } = await api.rollouts.start({ environment, service, version: '1.0.0', strategy, analysis: unjudged })
  await expect.poll(async () => (await api.rollouts.get({ id })).state).toBe('succeeded')
}

/** Ends what runs, whose files are gone by then, so that it cannot be started again. */
function takeDown({ data }: Application): void {
  renameSync(join(data, 'artifacts'), join(data, 'artifacts-gone'))
  const processes = join(data, 'agent', 'processes')
  for (const name of readdirSync(processes)) {
    const { identity } = JSON.parse(readFileSync(join(processes, name), 'utf8'))
    if (identity) process.kill(-identity.pid, 'SIGKILL')
  }
}

test('what waits for a person, how it ended, and that production is down are on the first screen', async ({
  window: page,
  application,
}) => {
  test.setTimeout(120_000)
  await addEnvironments(application, ['staging', environment])
  const wrong = page.getByRole('region', { name: 'What is wrong' })
  const waiting = page.getByRole('region', { name: 'What waits for me' })
  const changed = page.getByRole('region', { name: 'What changed' })
  const status = page.getByRole('contentinfo')
  await expect(wrong).toContainText('All clear: nothing fires')
  await expect(waiting).toContainText('To let go on')
  await serveFirst(application)
  await expect(changed.getByRole('listitem').filter({ hasText: 'rollouts.start' })).toContainText(
    'checkout 1.0.0 to production',
  )

  const { id } = await application.api.rollouts.start({
    ...{ environment, service, version: '1.1.0', analysis: unjudged },
    strategy: {
      ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
      steps: [{ weight: 20, pause: { kind: 'person' }, analyse: false }],
    },
  })
  await expect(waiting.getByRole('link', { name: 'checkout 1.1.0 to production' })).toBeVisible()
  await expect(status).toContainText('1 job waiting')
  const begun = changed.getByRole('listitem').filter({ hasText: 'checkout 1.1.0 to production' }).last()
  await expect(begun).toContainText('waits')
  await expectAccessible(page)
  await application.api.rollouts.abort({ id, reason: 'Not today.' })
  await expect(begun).toContainText('rolled back', { timeout: 30_000 })
  await expect(waiting.getByRole('link', { name: 'checkout 1.1.0' })).toHaveCount(0)
  await expect(status).toContainText('0 jobs running')
  await expect(wrong).toContainText('All clear: nothing fires')

  takeDown(application)
  const down = wrong.getByRole('listitem').filter({ hasText: service })
  await expect(down).toContainText('unhealthy', { timeout: 45_000 })
  await expect(down).toContainText('0 of 2 ready')
  await expect(wrong).not.toContainText('All clear')
  await expectAccessible(page)
  await down.getByRole('link').click()
  await expect(page).toHaveURL(/\/environments\?.*open=production/)
  await expect(page.getByRole('table', { name: 'Services' })).toContainText('0 of 2')
  endAgent(application.data)
})

test('a service is found in the palette, and an environment in the menu of the scope', async ({
  window: page,
  application,
}) => {
  await addEnvironments(application, ['staging', environment, ...Array.from({ length: 30 }, (_, n) => `trial-${n}`)])
  await application.api.rollouts.saveService({ ...subjectService(service), revision: null })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('checkout')
  await expect(page.getByRole('option', { name: 'checkout runs nowhere' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/services\?.*open=checkout/)

  await page.getByRole('button', { name: 'Environment: All environments' }).click()
  await page.keyboard.type('trial-29')
  await expect(page.getByRole('option')).toHaveCount(1)
  await expectAccessible(page)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Environment: trial-29' })).toBeFocused()
  await expect(page).toHaveURL(/env=trial-29/)
})

test('a form says in sentences what is wrong, and takes no word for a number', async ({ window: page }) => {
  await page.getByRole('navigation', { name: 'Areas' }).getByRole('link', { name: 'Services' }).click()
  await page.getByRole('button', { name: 'Add a service' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('x'.repeat(100))
  await dialog.getByLabel('Command').fill('node')
  await dialog.getByLabel('Memory limit, MB').fill('abc')
  await dialog.getByRole('button', { name: 'Add the service' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Memory limit, MB: Give a number.')
  await expect(dialog.getByRole('alert')).toContainText(/Name: At most \d+ characters\./)
  await expect(dialog.getByRole('alert')).not.toContainText('framework0 help')
  await expectAccessible(page)
})
