import type { Browser, Page } from '@playwright/test'
import { type Application, startApplication } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { demandSignIn, openSignIn, people, signIn, startDirectory } from './team.ts'

const needsAgreement = `@id("production-needs-agreement")
@advice("approval")
@reason("A connection of production is removed by two people.")
forbid (principal, action == Action::"connections.remove", resource in Environment::"production")
when { context.approvals < 1 };
`

const editor = (page: Page) => page.getByRole('textbox', { name: 'Policies of this workspace' })

/** Replaces what the editor holds; brackets and quotes are typed as they stand. */
async function write(page: Page, text: string): Promise<void> {
  await editor(page).click()
  await page.keyboard.press('Control+a')
  await page.evaluate((value) => navigator.clipboard.writeText(value), text)
  await page.keyboard.press('Control+v')
}

/** A connection of production that nothing answers behind. */
const connectTo = async ({ api }: Application, name: string): Promise<void> => {
  await api.connections.create({
    kind: 'prometheus',
    name,
    url: 'http://127.0.0.1:9/',
    environment: 'production',
    auth: { kind: 'none' },
    tls: {},
  })
}

/** Somebody on a device of their own. */
async function arrive(browser: Browser, application: Application, who: (typeof people)[keyof typeof people]) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  await openSignIn(page, application)
  await signIn(page, who)
  return page
}

test('a policy is written with help, held to its tests, tried on what was decided, put in force and taken back', async ({
  application,
  window: page,
}) => {
  await connectTo(application, 'Metrics')
  await go(page, 'Policies')
  await write(page, '@id("typo") forbid (principal, action == Action::"connections.remov", resource);')
  await expect(page.getByRole('list', { name: 'Problems' })).toContainText('connections.remov')
  await expect(page.getByRole('button', { name: 'Put in force' })).toBeDisabled()
  await expectAccessible(page)

  await write(page, needsAgreement)
  await expect(page.getByText('Checked: no errors, 0 tests pass.')).toBeVisible()
  await page.getByRole('tab', { name: 'Tests' }).click()
  await page.getByRole('button', { name: 'Add a test' }).click()
  await page.getByLabel('What must hold').fill('An SRE needs somebody else')
  await page.getByLabel('Action of An SRE').fill('connections.remove')
  await page.getByLabel('Environment of An SRE').fill('production')
  await expect(page.getByText('is with approvals')).toBeVisible()
  await expect(page.getByText('1 test fails.')).toBeVisible()
  await page.getByLabel('Verdict wanted of An SRE').selectOption('approval_required')
  await expect(page.getByText('Checked: no errors, 1 test passes.')).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('tab', { name: 'What would change' }).click()
  await page.getByRole('button', { name: 'Compare with the last 30 days' }).click()
  await expect(page.getByText(/Nothing would have been decided differently/)).toBeVisible()

  await page.getByRole('tab', { name: 'Policies' }).click()
  await picture(page, 'policies')
  await page.keyboard.press('Control+s')
  const dialog = page.getByRole('dialog', { name: 'Put these policies in force?' })
  await dialog.getByLabel('What this changes, and why').fill('Two people for production.')
  await dialog.getByRole('button', { name: 'Put in force' }).click()
  await expect(page.getByText(/^Version 1, in force since/)).toBeVisible()

  await page.getByRole('tab', { name: 'Versions' }).click()
  await page.getByRole('button', { name: /^Version 0/ }).click()
  await page.getByRole('button', { name: 'Put in force again' }).click()
  const back = page.getByRole('dialog', { name: 'Put version 0 in force again?' })
  await back.getByLabel('What this changes, and why').fill('Too early.')
  await back.getByRole('button', { name: 'Put in force again' }).click()
  await expect(page.getByText(/^Version 2, in force since/)).toBeVisible()
  await expectAccessible(page)
})

test('nobody can be locked out: policies that leave no administrator are refused', async ({ window: page }) => {
  await go(page, 'Policies')
  await write(page, '@id("nobody") forbid (principal, action, resource);')
  await expect(page.getByText('Checked: no errors, 0 tests pass.')).toBeVisible()
  await page.keyboard.press('Control+s')
  const dialog = page.getByRole('dialog', { name: 'Put these policies in force?' })
  await dialog.getByLabel('What this changes, and why').fill('A mistake.')
  await dialog.getByRole('button', { name: 'Put in force' }).click()
  await expect(dialog.getByRole('alert')).toContainText('The policies in force did not change.')
})

test('what needs four eyes is asked for by one, signed by another on their device, and carried out once', async ({
  browser,
}) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await connectTo(application, 'Metrics')
  await application.api.governance.savePolicies({ text: needsAgreement, tests: [], note: 'Two people.', revision: 0 })
  await demandSignIn(application, slapd)

  const ana = await arrive(browser, application, people.ana)
  await go(ana, 'Connections')
  await ana.getByRole('row', { name: /Metrics/ }).click()
  await ana.getByRole('button', { name: 'Remove' }).click()
  const confirm = ana.getByRole('alertdialog')
  await confirm.getByLabel(/^Type/).fill('Metrics')
  await confirm.getByRole('button', { name: 'Remove' }).click()
  const ask = ana.getByRole('dialog', { name: 'This needs approval' })
  await expect(ask).toContainText('A connection of production is removed by two people.')
  await ask.getByLabel('Why').fill('The server is gone.')
  await ask.getByRole('button', { name: 'Ask for approval' }).click()
  await ana.getByRole('button', { name: 'Show the request' }).click()
  await expect(ana.getByRole('region', { name: 'Request' })).toContainText('Decisions: 0 of 1 needed')
  await expectAccessible(ana)

  const ben = await arrive(browser, application, people.ben)
  await go(ben, 'Approvals')
  await ben.getByRole('row', { name: /connections\.remove/ }).click()
  const request = ben.getByRole('region', { name: 'Request' })
  await expect(request).toContainText('The server is gone.')
  await request.getByRole('button', { name: 'Approve' }).click()
  await ben.getByRole('button', { name: 'Enrol this device' }).click()
  await ben.getByLabel('Name of this device').fill('Ben’s laptop')
  await ben.getByRole('button', { name: 'Enrol this device' }).click()
  await expect(ben.getByText('Ben’s laptop')).toBeVisible()
  await go(ben, 'Approvals')
  await ben.getByRole('row', { name: /connections\.remove/ }).click()
  await request.getByRole('button', { name: 'Approve' }).click()
  await ben.getByRole('dialog').getByLabel('Comment').fill('It is gone indeed.')
  await ben.getByRole('button', { name: 'Sign and approve' }).click()
  await expect(request).toContainText('signature verified, key of Ben’s laptop')
  await expect(request).toContainText('Decisions: 1 of 1 needed')
  await expectAccessible(ben)
  await picture(ben, 'approval')

  await ana.getByRole('button', { name: 'Carry it out' }).click()
  await expect(ana.getByRole('region', { name: 'Request' })).toContainText('carried out')
  await go(ana, 'Connections')
  await expect(ana.getByRole('row', { name: /Metrics/ })).toHaveCount(0)
})

test('an exception lets one environment pass until it ends, by keyboard alone', async ({
  application,
  window: page,
}) => {
  await connectTo(application, 'Metrics')
  const { api } = application
  await api.governance.savePolicies({ text: needsAgreement, tests: [], note: 'Two people.', revision: 0 })
  const [connection] = await api.connections.list({})
  await expect(api.connections.remove({ id: connection?.id ?? '' })).rejects.toMatchObject({
    code: 'approval_required',
  })

  await page.keyboard.press('g')
  await page.keyboard.press('x')
  await expect(page.getByText('Nothing is let pass')).toBeVisible()
  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog', { name: 'Add an exception' })
  await expect(dialog.getByLabel('Policy', { exact: true })).toBeFocused()
  await page.keyboard.type('production-needs-agreement')
  await page.keyboard.press('Tab')
  await page.keyboard.type('production')
  for (const text of ['connections.remove', '', '']) {
    await page.keyboard.press('Tab')
    await page.keyboard.type(text)
  }
  await dialog.getByLabel('Owner').focus()
  await page.keyboard.type('Ana')
  await page.keyboard.press('Tab')
  await page.keyboard.type('OPS-7')
  await page.keyboard.press('Tab')
  await page.keyboard.type('The migration weekend.')
  await expectAccessible(page)
  await dialog.getByLabel('Ticket').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /production-needs-agreement/ })).toContainText('active')
  expect(await api.connections.remove({ id: connection?.id ?? '' })).toEqual({ removed: true })
})
