import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { startApplication, temporaryData } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { freePort } from '../app/peers/peer.ts'
import { startSamlIdp } from '../app/peers/saml-idp.ts'
import {
  addressOf,
  codeOf,
  demandSignIn,
  enrolAuthenticator,
  openSignIn,
  people,
  plugSecurityKey,
  saveRecoveryCodes,
  signedIn,
  signIn,
  signInAtProvider,
  startDirectory,
  startProvider,
  typePassword,
} from './team.ts'

test('an owner turns a personal workspace into one that people sign in to, and comes back in by the provider', async ({
  page,
}) => {
  await using application = await startApplication()
  await using provider = await startProvider()
  await using slapd = await startDirectory()
  await page.goto((await application.link()).replace('127.0.0.1', 'localhost'))
  await page.waitForURL((url) => !url.searchParams.has('token'))
  await go(page, 'Sign-in')
  await page.getByRole('button', { name: 'Add a provider' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Company')
  await page.getByLabel('Issuer').fill(provider.issuer)
  await page.getByLabel('Client id').fill(provider.clientId)
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await expect(page.getByText('Everything answered').first()).toBeVisible()
  await page.getByRole('button', { name: 'Add provider' }).click()
  await expect(
    page.getByText(`${addressOf(page.url())}/sign-in/callback`.replace('localhost', '127.0.0.1')),
  ).toBeVisible()

  await page.getByRole('button', { name: 'New provider' }).click()
  await page.getByRole('radio', { name: 'LDAP / Active Directory' }).click()
  await page.getByLabel('Name', { exact: true }).first().fill('Directory')
  await page.getByLabel('Address').fill(slapd.url)
  await page.getByLabel('Encrypt with StartTLS').uncheck()
  await page.getByLabel('People are below').fill(slapd.baseDn)
  await page.getByLabel('Search as').fill(slapd.adminDn)
  await page.getByLabel('Its password').fill('wrong')
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await expect(page.getByText(/^Failed at/).first()).toBeVisible()
  await page.getByLabel('Its password').fill(slapd.adminPassword)
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await expect(page.getByText('Everything answered').first()).toBeVisible()
  await picture(page, 'sign-in-settings')
  await page.getByRole('button', { name: 'Add provider' }).click()
  const vault = page.getByRole('dialog')
  await vault.getByLabel('Passphrase').fill('correct horse battery staple')
  await vault.getByLabel('The same again').fill('correct horse battery staple')
  await vault.getByRole('button', { name: 'Create the vault' }).click()
  await expect(page.getByRole('heading', { name: 'Directory' })).toBeVisible()
  await expectAccessible(page)

  await page.getByLabel('People must sign in').check()
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('Nobody could sign in as an administrator')).toBeVisible()
  await page.getByRole('button', { name: 'Add a group' }).click()
  await page.getByLabel('Group 1', { exact: true }).fill('admins')
  await page.getByLabel('Role of group 1').selectOption('admin')
  await page.getByLabel('Everybody needs a second factor').check()
  await page.getByRole('button', { name: 'Save settings' }).click()

  await expect(page.getByRole('heading', { name: 'Sign in to Framework0' })).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Areas' })).toHaveCount(0)
  await expectAccessible(page)
  await picture(page, 'sign-in')
  const [tab] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Sign in with Company', exact: true }).click(),
  ])
  await expect(page.getByText('Waiting for the browser')).toBeVisible()
  await signInAtProvider(tab, 'boss')
  await tab.close()

  await expect(page.getByRole('heading', { name: 'Add a second factor' })).toBeVisible()
  await expectAccessible(page)
  await enrolAuthenticator(page)
  expect(await saveRecoveryCodes(page)).toHaveLength(10)
  await expect(signedIn(page, 'Bo Ss')).toHaveAccessibleName(/Administrator/)
  await expect(page, 'the place is kept').toHaveURL(/sign-in-settings/)
})

test('a device code signs in where the browser cannot open pages, and signing in again unlocks', async ({ page }) => {
  await using application = await startApplication()
  await using provider = await startProvider()
  await using slapd = await startDirectory()
  const { api } = application
  await api.access.putProvider({
    provider: { kind: 'oidc', name: 'Company', issuer: provider.issuer, clientId: provider.clientId },
  })
  await demandSignIn(application, slapd)
  await openSignIn(page, application)
  await page.getByRole('button', { name: 'On another device, with Company' }).click()
  const code = page.getByRole('status', { name: 'Code to type' })
  await expect(code).toHaveText(/^\w{4}-\w{4}$/)
  await expectAccessible(page)
  const other = await page.context().newPage()
  await other.goto(`${provider.issuer}/device?user_code=${await code.innerText()}`)
  await other.locator('button[type=submit]').first().click()
  await other.locator('input[name=login]').fill('boss')
  await other.locator('input[name=password]').fill('any')
  await other.locator('button[type=submit]').click()
  await other.getByRole('button', { name: 'Continue' }).click()
  await expect(other.getByRole('heading', { name: 'Sign-in Success' }), 'the provider has taken it').toBeVisible()
  await other.close()
  await expect(signedIn(page, 'Bo Ss')).toBeVisible()

  await page.keyboard.press('Control+Shift+L')
  await expect(page.getByRole('heading', { name: 'Locked' })).toBeVisible()
  const [tab] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Sign in with Company', exact: true }).click(),
  ])
  await signInAtProvider(tab, 'boss')
  await tab.close()
  await expect(page.getByRole('navigation', { name: 'Areas' }), 'who signs in again unlocks').toBeVisible()
})

test('an administrator connects a SAML provider, and its people come in by it', async ({ page, browser }) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await demandSignIn(application, slapd)
  await openSignIn(page, application, '/sign-in-settings?open=new')
  const { origin } = new URL(page.url())
  await using saml = await startSamlIdp({
    entityId: `${origin}/sign-in/saml/metadata`,
    callbackUrl: `${origin}/sign-in/saml`,
  })
  await signIn(page, people.boss)
  await page.getByRole('radio', { name: 'SAML 2.0' }).click()
  await page.getByLabel('Name', { exact: true }).first().fill('Partner')
  await page.getByLabel('Sign-in address').fill(saml.entryPoint)
  await page.getByRole('button', { name: 'Add provider' }).click()
  await expect(page.getByText('Give the entity id of the provider.')).toBeVisible()
  await page.getByLabel('Entity id of the provider').fill(saml.entityId)
  await page.getByRole('textbox', { name: 'Certificates of the provider' }).fill(saml.certificate)
  await page.getByLabel('Name attribute').fill('displayName')
  await page.getByLabel('Mail attribute').fill('mail')
  await page.getByRole('button', { name: 'Add provider' }).click()
  await expect(page.getByRole('heading', { name: 'Register this at the provider' })).toBeVisible()
  await expect(page.getByText('/sign-in/saml/metadata')).toBeVisible()
  await expectAccessible(page)

  const elsewhere = await browser.newPage()
  await openSignIn(elsewhere, application)
  const [tab] = await Promise.all([
    elsewhere.waitForEvent('popup'),
    elsewhere.getByRole('button', { name: 'Sign in with Partner' }).click(),
  ])
  await tab.locator('input[name=login]').fill('ana')
  await tab.keyboard.press('Enter')
  await expect(tab.getByText('You are signed in.')).toBeVisible()
  await expect(signedIn(elsewhere, 'Ana "Sre" <on call> & more')).toHaveAccessibleName(/SRE/)
  await elsewhere.close()
})

test('a person adds a passkey and this device, and a stale proof is asked for again before another key', async ({
  page,
}) => {
  const data = temporaryData()
  const args = ['--port', String(await freePort())]
  await using slapd = await startDirectory()
  const first = await startApplication({ data, args })
  await demandSignIn(first, slapd)
  await plugSecurityKey(page)
  await openSignIn(page, first, '/account')
  await signIn(page, people.boss)
  await page.getByRole('button', { name: 'Set up' }).click()
  const secret = await enrolAuthenticator(page)
  await saveRecoveryCodes(page)

  await page.getByLabel('Name of this device').fill('Work laptop')
  await page.getByRole('button', { name: 'Enrol this device' }).click()
  await expect(page.getByText('this device', { exact: true })).toBeVisible()
  await expectAccessible(page)

  await first.stop()
  const database = new Database(join(data, 'workspace.db'))
  database.prepare("update session set proven_at = '2020-01-01T00:00:00.000Z'").run()
  database.close()
  await using _second = await startApplication({
    data,
    args,
    env: { FRAMEWORK0_PASSPHRASE: 'correct horse battery staple' },
  })
  await expect(page.getByText('The application does not answer')).toHaveCount(0)

  const add = page.getByRole('dialog', { name: 'Add a passkey' })
  const proof = page.getByRole('dialog', { name: 'Prove that it is you' })
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await add.getByLabel('Name of the key').fill('Laptop')
  await add.getByRole('button', { name: 'Add the passkey' }).click()
  await expect(proof).toContainText('Begin to enrol a passkey or security key.')
  await expectAccessible(page)
  await picture(page, 'step-up')
  await page.keyboard.press('Escape')
  await expect(add.getByRole('alert')).toContainText('Prove that it is you')

  await add.getByRole('button', { name: 'Add the passkey' }).click()
  await proof.getByLabel('Code of the authenticator app').fill('000000')
  await expect(proof.getByRole('alert')).toBeVisible()
  await proof.getByLabel('Code of the authenticator app').fill(codeOf(secret, 1))
  await expect(page.getByRole('button', { name: 'Remove the passkey Laptop' })).toBeVisible()
  await picture(page, 'account')

  await page.keyboard.press('Control+Shift+L')
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click()
  await expect(page.getByText('this device', { exact: true })).toBeVisible()
  await page.reload()
  await expect(page.getByText('this device', { exact: true }), 'the key outlives the page').toBeVisible()
  rmSync(data, { recursive: true, force: true })
})

test('a viewer by a group of the directory sees what they may not do, greyed, with the reason', async ({ page }) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await demandSignIn(application, slapd)
  await openSignIn(page, application, '/connections')
  await signIn(page, people.vera)
  await expect(page).toHaveURL(/connections/)
  const add = page.getByRole('button', { name: 'New connection' })
  await expect(add).toHaveAttribute('aria-disabled', 'true')
  await add.hover()
  await expect(page.getByRole('tooltip')).toContainText(/viewer|permits/i)
  await go(page, 'Sign-in')
  await expect(page.getByText('You may not see how people sign in')).toBeVisible()
  await expectAccessible(page)
  await signedIn(page, 'Vera Viewer').click()
  await page.getByRole('menuitem', { name: 'Your account' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Sees, and changes nothing.' })).toContainText('Viewer')
  await expectAccessible(page)
})

test('an administrator sees who is here, gives a role, and ends a session that is not theirs', async ({
  page,
  browser,
}) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await demandSignIn(application, slapd)
  const elsewhere = await browser.newPage()
  await openSignIn(elsewhere, application)
  await signIn(elsewhere, people.vera)
  await openSignIn(page, application, '/people')
  await signIn(page, people.boss)
  const grid = page.getByRole('grid', { name: 'People' })
  await grid.getByText('Vera Viewer').click()
  await page.keyboard.press('Enter')
  const person = page.getByRole('region', { name: 'Person' })
  await person.getByLabel('Auditor').check()
  await person.getByRole('button', { name: 'Change roles' }).click()
  await expect(grid.getByRole('row', { name: /Vera/ })).toContainText('Auditor')
  await expectAccessible(page)
  await picture(page, 'people')
  await expect(signedIn(elsewhere, 'Vera Viewer'), 'the other window follows').toHaveAccessibleName(/Auditor/)
  await person.getByRole('button', { name: /End the session/ }).click()
  await expect(elsewhere.getByRole('heading', { name: 'Sign in to Framework0' })).toBeVisible()

  await person.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
  await expect(grid.getByRole('row', { name: /Vera/ })).toContainText('disabled')
  await typePassword(elsewhere, 'vera', people.vera.password)
  await expect(elsewhere.getByRole('alert')).toContainText('disabled')
  await elsewhere.close()
})

test('a locked window shows nothing, takes no keys, and gives back what was typed', async ({ page }) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await demandSignIn(application, slapd)
  await openSignIn(page, application, '/sign-in-settings?open=new')
  await signIn(page, people.boss)
  const name = page.getByLabel('Name', { exact: true })
  await name.fill('Half a provider')
  await page.keyboard.press('Control+Shift+L')
  await expect(page.getByRole('heading', { name: 'Locked' })).toBeVisible()
  await expect(name).toBeHidden()
  expect(await page.locator('body').innerText()).not.toContain('Identity providers')
  await expectAccessible(page)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Locked' }), 'a reload opens nothing').toBeVisible()
  await page.getByLabel('Password').fill('not it')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toBeVisible()
  await page.getByLabel('Password').fill(people.boss.password)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/open=new/)

  await name.fill('Half a provider')
  await page.keyboard.press('Control+Shift+L')
  await page.getByLabel('Password').fill(people.boss.password)
  await page.keyboard.press('Enter')
  await expect(name).toHaveValue('Half a provider')
  await expect(name, 'the focus is where it was').toBeFocused()
})

test('five wrong passwords make one wait, and say for how long', async ({ page }) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await demandSignIn(application, slapd)
  await openSignIn(page, application)
  for (let attempt = 1; attempt <= 5; attempt++) {
    await typePassword(page, 'vera', `wrong ${attempt}`)
    await expect(page.getByLabel('Password')).toHaveValue('')
    await expect(page.getByRole('button', { name: 'Sign in with Directory' })).toBeEnabled()
  }
  await typePassword(page, 'vera', people.vera.password)
  await expect(page.getByText('You can try again in')).toBeVisible()
  await expect(page.getByRole('timer')).toHaveText(/^\d+:\d\d$/)
  await expect(page.getByRole('button', { name: 'Sign in with Directory' })).toBeDisabled()
  await expectAccessible(page)
  await application.api.access.me({}).then(({ state }) => expect(state).toBe('signed-out'))
})

test('somebody on call breaks the glass by the keyboard alone, locks, unlocks and signs out', async ({ page }) => {
  await using application = await startApplication()
  await using slapd = await startDirectory()
  await demandSignIn(application, slapd)
  await openSignIn(page, application)
  await expect(page.getByLabel('User name')).toBeFocused()
  await page.keyboard.type('ana')
  await page.keyboard.press('Tab')
  await page.keyboard.type(people.ana.password)
  await page.keyboard.press('Enter')
  await expect(signedIn(page, 'Ana Sre')).toBeVisible()

  await page.keyboard.press('Control+k')
  await page.keyboard.type('break the glass')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('What is the emergency?')).toBeFocused()
  await expectAccessible(page)
  await page.keyboard.type('Payments are down and nobody answers')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('15')
  await page.keyboard.press('Enter')
  await expect(page.getByText('You are an administrator by an emergency')).toBeVisible()
  await expect(page.getByRole('timer')).toHaveText(/^1[45]:\d\d left$/)
  await expect(page.getByText('The last changes could not be loaded'), 'what was refused is asked again').toHaveCount(0)
  await expectAccessible(page)
  await picture(page, 'break-glass')

  await page.keyboard.press('Control+Shift+L')
  await expect(page.getByLabel('Password')).toBeFocused()
  await page.keyboard.type(people.ana.password)
  await page.keyboard.press('Enter')
  await expect(page.getByText('You are an administrator by an emergency')).toBeVisible()

  await page.keyboard.press('Control+k')
  await page.keyboard.type('sign out')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Sign in to Framework0' })).toBeVisible()
})
