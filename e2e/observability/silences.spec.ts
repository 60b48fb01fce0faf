import type { Page } from '@playwright/test'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { eventually } from '#e2e/app/peers/peer.ts'
import type { Application } from '../app/application.ts'
import { expect, expectAccessible, test } from '../app/fixtures.ts'

const connect = (application: Application, name: string, url: string) =>
  application.api.connections.create({
    kind: 'alertmanager',
    name,
    url,
    environment: 'production',
    auth: { kind: 'none' },
    tls: {},
  })

const rowOf = (page: Page, text: string) =>
  page.getByRole('grid', { name: 'Silences' }).getByRole('row').filter({ hasText: text })

const silencesOf = async (url: string): Promise<{ status: { state: string }; endsAt: string; comment: string }[]> =>
  (await fetch(`${url}/api/v2/silences`)).json()

test('a silence is made, extended, ended, and brought back by the keyboard alone', async ({ window, application }) => {
  await using alertmanager = await startAlertmanager()
  await alertmanager.post([{ labels: { alertname: 'DiskFull', severity: 'warning', host: 'db-1' } }])
  await connect(application, 'Alerts', alertmanager.url)
  await expect.poll(async () => (await application.api.alerts.list({ environments: ['production'] })).total).toBe(1)
  await window.keyboard.press('g')
  await window.keyboard.press('s')
  await expect(window.getByText('Nothing is silenced')).toBeVisible()
  await expectAccessible(window)

  await window.keyboard.press('c')
  const editor = window.getByRole('dialog')
  await editor.getByRole('radio', { name: /text/i }).press(' ')
  await editor.getByLabel('Matchers').last().fill('host="db-1"')
  await expect(editor.getByLabel('Alerts it would cover')).toContainText('DiskFull')
  await editor.getByLabel('Comment').fill('changing the disk')
  await editor.getByLabel('Comment').press('Control+Enter')
  await expect(rowOf(window, 'changing the disk')).toContainText('active')
  await expect(rowOf(window, 'changing the disk')).toContainText('1')
  await expectAccessible(window)
  const [made] = await silencesOf(alertmanager.url)

  await window.keyboard.press('j')
  await window.keyboard.press('x')
  await window.getByRole('button', { name: 'Extend' }).press('Enter')
  await window.getByRole('menuitem').first().press('Enter')
  await expect
    .poll(async () => Math.max(...(await silencesOf(alertmanager.url)).map(({ endsAt }) => Date.parse(endsAt))))
    .toBeGreaterThan(Date.parse(made?.endsAt ?? ''))

  await window.keyboard.press('j')
  await window.keyboard.press('Shift+D')
  const ask = window.getByRole('alertdialog')
  await expect(ask).toContainText('host="db-1"')
  await expectAccessible(window)
  await ask.getByRole('button', { name: 'Expire silence' }).press('Enter')
  await expect(rowOf(window, 'changing the disk')).toHaveCount(0)
  await window.getByRole('button', { name: 'Undo' }).last().press('Enter')
  await expect(rowOf(window, 'changing the disk')).toContainText('active')
})

test('two Alertmanagers of one cluster are one place to silence in', async ({ application }) => {
  await using first = await startAlertmanager({ cluster: { peers: [] } })
  await using second = await startAlertmanager({ cluster: { peers: [first.clusterAddress ?? ''] } })
  await first.post([{ labels: { alertname: 'Twice', severity: 'critical' } }])
  await second.post([{ labels: { alertname: 'Twice', severity: 'critical' } }])
  await connect(application, 'One', first.url)
  await connect(application, 'Two', second.url)
  await expect
    .poll(
      async () =>
        (await application.api.silences.targets({}))
          .filter(({ kind }) => kind === 'alertmanager')
          .map(({ name }) => name),
      { timeout: 30_000 },
    )
    .toEqual(['One + Two'])
  const { rows, total } = await application.api.alerts.list({ environments: ['production'] })
  expect(total).toBe(1)
  expect(rows[0]?.kind === 'alert' && rows[0].alert.sources.map(({ name }) => name)).toEqual(['One', 'Two'])

  const [target] = await application.api.silences.targets({})
  await application.api.silences.create({
    target: target?.id ?? '',
    matchers: [{ name: 'alertname', value: 'Twice', isRegex: false, isEqual: true }],
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    comment: 'once',
  })
  expect(await eventually(async () => (await silencesOf(second.url)).length === 1)).toBe(true)
  expect((await application.api.silences.list({})).silences).toHaveLength(1)
})
