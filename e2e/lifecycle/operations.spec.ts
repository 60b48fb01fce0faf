import { hostname, totalmem } from 'node:os'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { formatBytes } from '#renderer/ui/format.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'

test('the first screen is alive with nothing configured', async ({ window, application }) => {
  await expect(window.getByText(`This machine now: ${hostname()}`)).toBeVisible()
  await expect(window.getByText(`of ${formatBytes(totalmem())}`)).toBeVisible()
  await expect(window.getByText(/^of \d+ cores?$/)).toBeVisible({ timeout: 20_000 })
  await expect(window.getByText(application.data, { exact: true })).toBeVisible()
  await expect(
    window
      .getByRole('button', { name: /Connect a Prometheus/ })
      .or(window.getByRole('link', { name: /Connect a Prometheus/ })),
  ).toBeVisible()
  await expectAccessible(window)
  const first = (await application.api.metrics.host({}))?.at
  await expect.poll(async () => (await application.api.metrics.host({}))?.at, { timeout: 15_000 }).not.toBe(first)
})

test('what is wrong, what waits and what changed are on the first screen, and lead deeper', async ({
  window,
  application,
}) => {
  await using alertmanager = await startAlertmanager()
  await alertmanager.post([
    {
      labels: { alertname: 'CheckoutDown', severity: 'critical', service: 'checkout' },
      annotations: { summary: 'No checkout answers' },
    },
    {
      labels: { alertname: 'DiskFilling', severity: 'warning', host: 'db-1' },
      annotations: { summary: 'Full in four hours' },
    },
  ])
  await application.api.connections.create({
    kind: 'alertmanager',
    name: 'Alerts',
    url: alertmanager.url,
    environment: 'production',
    auth: { kind: 'none' },
    tls: {},
  })
  await expect(window.getByText('No checkout answers').first()).toBeVisible()
  await expect(window.getByText('connections.create').first()).toBeVisible()
  await expect(window).toHaveTitle(/^\(1\)/)
  await expectAccessible(window)
  await window.waitForTimeout(10_000) // for the picture: sparklines of more than one reading
  await picture(window, 'overview')
  await window.getByText('CheckoutDown').first().click()
  await expect(window).toHaveURL(/\/alerts\?/)
  await expect(window.getByText('No checkout answers').first()).toBeVisible()
})

test('preferences are kept, and a watched process that is gone raises an alert', async ({ window, application }) => {
  await go(window, 'Preferences')
  await window.getByLabel('Processes').last().fill('no-such-process-here')
  await window.keyboard.press('Enter')
  await expect
    .poll(async () => (await application.api.operations.preferences({})).watchedProcesses)
    .toEqual(['no-such-process-here'])
  await expectAccessible(window)
  await expect
    .poll(
      async () =>
        (
          await application.api.metrics.instant({
            expression: 'framework0_watched_process_up{name="no-such-process-here"}',
          })
        ).series[0]?.value,
      { timeout: 40_000 },
    )
    .toBe(0)
  await expect
    .poll(
      async () =>
        (await application.api.alerts.list({ search: 'no-such-process-here', states: [] })).rows.map(
          (row) => row.kind === 'alert' && row.alert.state,
        ),
      { timeout: 60_000 },
    )
    .toEqual([expect.stringMatching(/pending|firing/)])
})

test('jobs are in the drawer', async ({ window }) => {
  await expect(window.getByRole('navigation', { name: 'Areas' })).toBeVisible()
  await window.keyboard.press('Control+j')
  await expect(window.getByText('Back up the workspace')).toBeVisible()
  await expectAccessible(window)
})
