import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'

async function openConnections(page: Page): Promise<void> {
  await go(page, 'Connections')
  await expect(page.getByRole('grid', { name: 'Connections' })).toBeVisible()
}

type Draft = {
  readonly kind: 'Prometheus' | 'Alertmanager'
  readonly name: string
  readonly url: string
  readonly environment: string
}

async function fill(page: Page, { kind, name, url, environment }: Draft): Promise<void> {
  await page
    .getByRole('button', { name: 'New connection' })
    .or(page.getByRole('button', { name: 'Add a connection' }))
    .first()
    .click()
  await page.getByRole('radio', { name: kind }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Environment').last().fill(environment)
  await page.getByLabel('Address').last().fill(url)
}

const save = (page: Page) => page.getByRole('button', { name: 'Add connection' }).click()
const step = (page: Page, name: string) =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) })

test('a person connects a real Prometheus and a real Alertmanager, and sees each step of the test', async ({
  window,
}) => {
  await using prometheus = await startPrometheus()
  await using alertmanager = await startAlertmanager()
  await openConnections(window)
  await expectAccessible(window)

  await fill(window, { kind: 'Prometheus', name: 'Metrics', url: prometheus.url, environment: 'production' })
  await window.getByRole('button', { name: 'Test', exact: true }).click()
  for (const name of ['DNS', 'TCP', 'HTTP', 'Sign-in', 'Product']) await expect(step(window, name)).toContainText('ok')
  await expect(step(window, 'TLS')).toContainText('skipped')
  await expect(step(window, 'Product')).toContainText('2.')
  await picture(window, 'connection-test')
  await save(window)
  await expect(window.getByRole('heading', { name: 'Metrics' })).toBeVisible()
  await expect(window.getByRole('gridcell', { name: 'connected' })).toBeVisible()

  await fill(window, { kind: 'Alertmanager', name: 'Alerts', url: alertmanager.url, environment: 'production' })
  await save(window)
  await expect(window.getByRole('gridcell', { name: 'connected' })).toHaveCount(2)
  await expectAccessible(window)
})

test('a failed test names the step and says what to do', async ({ window }) => {
  await using alertmanager = await startAlertmanager()
  await using html = await startFault({ kind: 'html' })
  await openConnections(window)

  await fill(window, { kind: 'Prometheus', name: 'Wrong', url: 'http://127.0.0.1:9', environment: 'test' })
  const runTest = window.getByRole('button', { name: 'Test', exact: true })
  await runTest.click()
  await expect(step(window, 'TCP')).toContainText('failed')
  await expect(step(window, 'TCP')).toContainText('Check the port')
  await expect(step(window, 'Product')).toContainText('skipped')

  await window.getByLabel('Address').last().fill('http://no-such-host.invalid')
  await runTest.click()
  await expect(step(window, 'DNS')).toContainText('failed')

  await window.getByLabel('Address').last().fill(alertmanager.url)
  await runTest.click()
  await expect(step(window, 'Product')).toContainText('Alertmanager')
  await expect(step(window, 'Product')).toContainText('failed')

  await window.getByLabel('Address').last().fill(html.url)
  await runTest.click()
  await expect(window.getByText('web page')).toBeVisible()
})

test('a secret goes to the vault, which is made on the way, and is in no file in plain text', async ({
  window,
  application,
}) => {
  await using alertmanager = await startAlertmanager()
  await openConnections(window)
  await fill(window, { kind: 'Alertmanager', name: 'Guarded', url: alertmanager.url, environment: 'production' })
  await window.getByRole('radio', { name: 'Bearer token' }).click()
  await window.getByLabel('Token').fill('a-token-nobody-may-read')
  await save(window)
  const dialog = window.getByRole('dialog')
  await dialog.getByLabel('Passphrase').fill('correct horse battery')
  await dialog.getByLabel('The same again').fill('correct horse battery')
  await expectAccessible(window)
  await dialog.getByRole('button', { name: /choose|create|protect|store/i }).click()
  await expect(window.getByRole('gridcell', { name: 'connected' })).toBeVisible()
  const files = readdirSync(application.data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  for (const file of files)
    expect(readFileSync(join(file.parentPath, file.name)).includes('a-token-nobody-may-read'), file.name).toBe(false)
  const { entries } = await application.api.audit.list({})
  expect(JSON.stringify(entries)).not.toContain('a-token-nobody-may-read')
  expect(entries.map(({ operation }) => operation)).toContain('access.createVault')
})

test('a connection is renamed, disabled and removed, and asks before it goes', async ({ window, application }) => {
  await using alertmanager = await startAlertmanager()
  await application.api.connections.create({
    kind: 'alertmanager',
    name: 'Alerts',
    url: alertmanager.url,
    environment: 'production',
    auth: { kind: 'none' },
    tls: {},
  })
  await openConnections(window)
  await window.getByRole('gridcell', { name: 'Alerts', exact: true }).click()
  await window.getByRole('button', { name: 'Edit' }).click()
  await window.getByLabel('Name', { exact: true }).fill('Alerts of production')
  await window.keyboard.press('Control+s')
  await expect(window.getByRole('gridcell', { name: 'Alerts of production' })).toBeVisible()

  await window.getByRole('button', { name: 'Disable' }).click()
  const ask = window.getByRole('alertdialog')
  await expect(ask.getByRole('button', { name: 'Disable' }), 'production asks for the name').toBeDisabled()
  await ask.getByRole('textbox').fill('Alerts of production')
  await ask.getByRole('button', { name: 'Disable' }).click()
  await expect(window.getByRole('gridcell', { name: 'disabled' })).toBeVisible()

  await window.getByRole('button', { name: 'Remove' }).click()
  await expect(ask).toContainText('Alerts of production')
  await ask.getByRole('textbox').fill('Alerts of production')
  await ask.getByRole('button', { name: 'Remove' }).click()
  await expect(window.getByText('Nothing is connected yet')).toBeVisible()
})

test('the same address cannot be connected twice', async ({ window, application }) => {
  const draft = {
    kind: 'prometheus',
    url: 'http://127.0.0.1:9/prom',
    environment: 'test',
    auth: { kind: 'none' },
    tls: {},
  } as const
  await application.api.connections.create({ ...draft, name: 'First' })
  await openConnections(window)
  await fill(window, { kind: 'Prometheus', name: 'Second', url: 'http://127.0.0.1:9/prom/', environment: 'test' })
  await save(window)
  await expect(window.getByText('First already connects to this address.')).toBeVisible()
  expect(await application.api.connections.list({})).toHaveLength(1)
})
