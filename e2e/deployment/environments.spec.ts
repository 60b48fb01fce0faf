import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Application } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'

const stages = ['development', 'testing', 'staging', 'production', 'dr']
const row = (page: Page, name: string) =>
  page
    .getByRole('grid', { name: 'Environments' })
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell', { name, exact: true }) })
const tab = (page: Page, name: RegExp) => page.getByRole('tab', { name }).click()
const open = (page: Page, name: string) => row(page, name).getByRole('gridcell', { name, exact: true }).click()
const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')

/** A calendar whose one event began an hour ago and ends in a day. */
const frozenNow = (now: number): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VEVENT',
    'UID:sale',
    'SUMMARY:Black Friday',
    `DTSTART:${stamp(now - 3600_000)}`,
    `DTEND:${stamp(now + 24 * 3600_000)}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\n')

async function addUsual({ api }: Application): Promise<void> {
  for (const name of stages)
    await api.environments.create({
      ...{ name, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
      ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
    })
}

/** What `datetime-local` takes for the second after a moment, in the time of this machine. */
function localSecond(ms: number): string {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 19)
}

test('stages are added, configured, frozen, locked, compared and cloned, and the clone removes itself', async ({
  window: page,
  application,
}) => {
  await go(page, 'Environments')
  await expect(page.getByText('There are no environments yet')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add the usual five' }).click()
  for (const name of stages) await expect(row(page, name)).toContainText('unknown')
  await expect(row(page, 'staging')).toContainText('Nothing is deployed here.')

  // settings, and a freeze that holds now
  await open(page, 'production')
  await page.getByRole('button', { name: 'Edit', exact: true }).first().click()
  await page.getByLabel('Region').fill('eu-central-1')
  await page.getByLabel('Owners').fill('Payments, Ana')
  await page.getByLabel('Freeze calendar').fill('Freeze in December')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('The freeze calendar is not an iCalendar.')).toBeVisible()
  await page.getByLabel('Freeze calendar').evaluate((field) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', 'BEGIN:VEVENT\n'.repeat(100_000))
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await expect(page.getByText('This was not pasted: it has 1,300,000 characters')).toBeVisible()
  await page.getByLabel('Freeze calendar').fill(frozenNow(Date.now()))
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(row(page, 'production')).toContainText('frozen: Black Friday')
  await expect(row(page, 'production')).toContainText('Payments, Ana')

  // configuration in two layers
  await tab(page, /^Configuration/)
  await page.getByRole('button', { name: 'Edit layers' }).click()
  await page.getByLabel('Values of base').fill('LOG_LEVEL=info\nCURRENCY=EUR')
  await page.getByRole('button', { name: 'Add a layer' }).click()
  await page.getByRole('textbox', { name: 'Layer', exact: true }).last().fill('incident')
  await page.getByLabel('Values of incident').fill('LOG_LEVEL debug')
  await expect(page.getByText('Line 1 has no “=”: write NAME=value.')).toBeVisible()
  await page.getByLabel('Values of incident').fill('LOG_LEVEL=debug')
  await page.getByRole('button', { name: 'Save layers' }).click()
  const configuration = page.getByRole('table', { name: 'Configuration' })
  await expect(configuration.getByRole('row').filter({ hasText: 'LOG_LEVEL' })).toContainText('debug')
  await expect(configuration.getByRole('row').filter({ hasText: 'LOG_LEVEL' })).toContainText('incident')
  await expect(configuration.getByRole('row').filter({ hasText: 'CURRENCY' })).toContainText('base')
  await expectAccessible(page)

  // a secret, for which the vault gets its passphrase on the way
  await tab(page, /^Secrets/)
  await page.getByRole('button', { name: 'Set a secret' }).click()
  await page.getByLabel('Name', { exact: true }).fill('DATABASE_PASSWORD')
  await page.getByLabel('Secret', { exact: true }).fill('a-secret-nobody-may-read')
  await page.getByRole('button', { name: 'Set the secret' }).click()
  const vault = page.getByRole('dialog').filter({ has: page.getByLabel('Passphrase') })
  await vault.getByLabel('Passphrase').fill('correct horse battery')
  await vault.getByLabel('The same again').fill('correct horse battery')
  await vault.getByRole('button', { name: /choose|create|protect|store/i }).click()
  await expect(page.getByRole('list', { name: 'Secrets' })).toContainText('DATABASE_PASSWORD')
  await expectAccessible(page)
  const files = readdirSync(application.data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  for (const file of files)
    expect(readFileSync(join(file.parentPath, file.name)).includes('a-secret-nobody-may-read'), file.name).toBe(false)

  // a lock with its reason
  await tab(page, /^Policy/)
  await expect(page.getByRole('region', { name: 'Freezes' })).toContainText('Black Friday')
  await page.getByRole('region', { name: 'Lock' }).getByRole('button', { name: 'Lock' }).click()
  await page.getByLabel('Why').fill('The ledger is being audited')
  await page.getByRole('button', { name: 'Lock production' }).click()
  await expect(row(page, 'production')).toContainText('locked: The ledger is being audited')
  await expectAccessible(page)

  // what the two differ in
  await open(page, 'staging')
  await tab(page, /^Compare/)
  await page.getByLabel('Compare staging with').selectOption('production')
  const policy = page.getByRole('table', { name: 'Policy that differ' })
  await expect(policy.getByRole('row').filter({ hasText: 'required approvals' })).toContainText('01')
  await expect(policy.getByRole('row').filter({ hasText: 'freeze calendar' })).toContainText('1 event')
  await expect(page.getByRole('table', { name: 'Configuration that differ' })).toContainText('CURRENCY')
  await expect(page.getByRole('table', { name: 'Secrets that differ' })).toContainText('DATABASE_PASSWORD')
  await expectAccessible(page)
  await picture(page, 'environments')

  // a clone that removes itself
  await open(page, 'production')
  await page.getByRole('button', { name: 'Clone' }).click()
  const dialog = page.getByRole('dialog', { name: 'Clone production' })
  await dialog.getByLabel('Name of the new one').fill('production')
  await dialog.getByLabel('Removes itself').fill(localSecond(Date.now() + 6_000))
  await dialog.getByRole('button', { name: 'Clone' }).click()
  await expect(dialog.getByText('There is an environment called production already.')).toBeVisible()
  await dialog.getByLabel('Name of the new one').fill('trial')
  await dialog.getByLabel('Removes itself').fill(localSecond(Date.now() + 6_000))
  await dialog.getByRole('button', { name: 'Clone' }).click()
  await expect(row(page, 'trial')).toContainText('frozen: Black Friday')
  const clone = await application.api.environments.get({ name: 'trial' })
  expect(clone).toMatchObject({ secrets: ['DATABASE_PASSWORD'], requiredApprovals: 1, lock: null })
  await page.waitForTimeout(Math.max(0, Date.parse(clone.expiresAt ?? '') - Date.now()) + 100)
  const jobs = await application.api.operations.jobs({})
  await application.api.operations.runJob({ id: jobs.find(({ kind }) => kind === 'expire-environments')?.id ?? '' })
  await expect(row(page, 'trial')).toBeHidden()
  expect((await application.api.environments.list({})).map(({ name }) => name)).toEqual(stages)
})

test('a locked environment is not removed; an unlocked one asks for its name in production', async ({
  window: page,
  application,
}) => {
  await addUsual(application)
  await application.api.environments.lock({ name: 'production', reason: 'Evidence' })
  await go(page, 'Environments')
  await open(page, 'production')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  const ask = page.getByRole('alertdialog')
  const confirm = ask.getByRole('button', { name: 'Remove environment' })
  await expect(confirm, 'production asks for the name').toBeDisabled()
  await ask.getByRole('textbox').fill('production')
  await confirm.click()
  await expect(ask.getByRole('alert')).toContainText('production is locked: Evidence')
  await expectAccessible(page)
  await ask.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Unlock' }).first().click()
  await expect(row(page, 'production')).not.toContainText('locked')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await ask.getByRole('textbox').fill('production')
  await confirm.click()
  await expect(row(page, 'production')).toBeHidden()
})

test('environments are added, ordered, locked and compared by the keyboard alone', async ({ window: page }) => {
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await expect(page.getByRole('navigation', { name: 'Areas' })).toBeVisible()
  await press('g', 'n')
  await expect(page.getByText('There are no environments yet')).toBeVisible()
  for (const name of ['production', 'staging']) {
    await press('c')
    await expect(page.getByLabel('Name', { exact: true })).toBeFocused()
    await page.keyboard.type(name)
    await press('Control+s')
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
  }
  const names = page
    .getByRole('grid', { name: 'Environments' })
    .getByRole('gridcell', { name: /^(production|staging)$/ })
  await expect(names).toHaveText(['production', 'staging'])
  await press('Shift+K')
  await expect(names).toHaveText(['staging', 'production'])

  await press('l')
  await expect(page.getByLabel('Why')).toBeFocused()
  await page.keyboard.type('Load test')
  await press('Enter')
  await expect(row(page, 'staging')).toContainText('locked: Load test')
  await press('5')
  await expect(page.getByLabel('Compare staging with')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Policy that differ' })).toContainText('Load test')
  await press('Escape')
  await expect(page.getByLabel('Compare staging with')).toBeHidden()
  await press('l')
  await expect(row(page, 'staging')).not.toContainText('locked')
})
