import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '../app/gateway-file.ts'
import { startKongAdmin } from '../app/peers/kong-admin.ts'

const token = 'the-admin-token'
const fileOf = (filters = '') =>
  gatewayFile({
    ...{ gatewayClass: 'kong', listeners: plainListener(8_000) },
    ...{ rules: ruleTo({ one: 1 }, filters), backends: { one: endpointSpec(3_001) } },
  })
const theirs = JSON.stringify({
  _format_version: '3.0',
  services: [
    {
      name: 'theirs',
      host: 'their.example',
      routes: [{ paths: ['/a'] }, { paths: ['/b'] }],
      plugins: [{ name: 'cors' }],
    },
  ],
})

test('a Kong is looked at, connected, given a file, given it again, and let go', async ({
  window: page,
  application,
}) => {
  await using kong = await startKongAdmin({ token })
  await application.api.access.createVault({ passphrase: 'correct horse battery staple' })
  await application.api.gateway.saveFile({ name: 'shop', text: fileOf(), revision: null })
  await go(page, 'Gateway')
  await expect(page.getByRole('tab', { name: 'Kong' })).toBeVisible()
  await page.keyboard.press('8')
  await expect(page.getByText('shop waits for one: its Gateways have the class “kong”.')).toBeVisible()
  await expectAccessible(page)

  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog')
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('Name the Kong.')).toBeVisible()
  await dialog.getByLabel('Name').fill('edge')
  await dialog.getByLabel('Address of its Admin API').fill(kong.url)
  await dialog.getByLabel('Admin token').fill('wrong')
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('edge did not accept the credentials (HTTP 401).')).toBeVisible()
  await expectAccessible(page)
  expect(kong.posts()).toBe(0)

  await dialog.getByLabel('Admin token').fill(token)
  await page.keyboard.press('Enter')
  const confirm = page.getByRole('alertdialog')
  await expect(confirm.getByText(`Kong 3.10.0 at ${kong.url}`)).toBeVisible()
  await expect(confirm.getByText('It has no configuration of somebody else.')).toBeVisible()
  await expect(confirm.getByText('It gets 1 service and 1 route, of shop.')).toBeVisible()
  expect(kong.posts()).toBe(0)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByText('has everything')).toBeVisible()
  expect(kong.config()).toContain('127.0.0.1:3001')
  await expect(page.getByText('Kong listens where kong.conf says: proxy_listen = 127.0.0.1:8000')).toBeVisible()
  await expectAccessible(page)

  await kong.stop()
  await expect(page.getByText('away', { exact: true })).toBeVisible()
  await kong.start()
  await expect(page.getByText(/It had forgotten its configuration, .* was given everything again/)).toBeVisible()
  await expect(page.getByText('has everything')).toBeVisible()
  expect(kong.config()).toContain('127.0.0.1:3001')

  await kong.give(theirs)
  await expect(page.getByText(/Somebody else had changed its configuration, which was overwritten/)).toBeVisible()
  await expect(page.getByText('has everything')).toBeVisible()
  expect(kong.config()).toContain('127.0.0.1:3001')

  kong.disable('cors')
  const withCors = fileOf(', filters: [{ type: CORS, cors: { allowOrigins: ["*"] } }]')
  await application.api.gateway.saveFile({ name: 'shop', text: withCors, revision: 1 })
  await expect(page.getByText('refuses it')).toBeVisible()
  await expect(
    page.getByText("plugin 'cors' not enabled; add it to the 'plugins' configuration property"),
  ).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('3')
  await expect(page.getByRole('row').filter({ hasText: 'shop' })).toContainText('Not in force')
  await application.api.gateway.saveFile({ name: 'shop', text: fileOf(), revision: 2 })
  await expect(page.getByRole('row').filter({ hasText: 'shop' })).toContainText('In force')
  await page.keyboard.press('8')
  await expect(page.getByText('has everything')).toBeVisible()
  await picture(page, 'gateway-kongs')

  await page.getByRole('button', { name: 'Remove… edge' }).click()
  await expect(confirm.getByText('It keeps the configuration that it has, and goes on serving it.')).toBeVisible()
  await confirm.getByRole('button', { name: 'Remove Kong' }).click()
  await expect(page.getByText('No Kong is connected')).toBeVisible()
  expect(kong.config()).toContain('127.0.0.1:3001')
})

test('a Kong with a configuration of somebody else is replaced only by its name', async ({
  window: page,
  application,
}) => {
  await using kong = await startKongAdmin({ config: theirs })
  await using withDatabase = await startKongAdmin({ database: 'postgres' })
  await application.api.gateway.saveFile({ name: 'shop', text: fileOf(), revision: null })
  await go(page, 'Gateway')
  await page.getByRole('tab', { name: 'Kong' }).click()
  await page.getByRole('button', { name: 'Connect a Kong' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('edge')
  await dialog.getByLabel('Address of its Admin API').fill(withDatabase.url)
  await dialog.getByRole('button', { name: 'Look at it' }).click()
  await expect(dialog.getByText('edge keeps its configuration in a database, where others may write it.')).toBeVisible()
  await dialog.getByLabel('Address of its Admin API').fill(kong.url)
  await dialog.getByRole('button', { name: 'Look at it' }).click()
  const confirm = page.getByRole('alertdialog')
  await expect(confirm.getByText('1 service, 2 routes, 0 consumers and 1 plugin')).toBeVisible()
  await expect(confirm.getByRole('button', { name: 'Replace and connect' })).toBeDisabled()
  await expectAccessible(page)
  await confirm.getByRole('button', { name: 'Cancel' }).click()
  await expect(dialog.getByLabel('Address of its Admin API'), 'what was typed is still there').toHaveValue(kong.url)
  expect(kong.hash()).not.toBe('0'.repeat(32))
  await dialog.getByRole('button', { name: 'Look at it' }).click()
  await confirm.getByLabel('Type edge to go on').fill('edge')
  await page.keyboard.press('Enter')
  await expect(page.getByText('has everything')).toBeVisible()
  expect(kong.config()).not.toContain('theirs')
})
