import type { Page } from '@playwright/test'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { startExporter } from '#e2e/app/peers/exporter.ts'
import { startPrometheus } from '#e2e/app/peers/prometheus.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { formatNumber } from '#renderer/ui/format.ts'
import type { Application } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'

const connect = (application: Application, kind: 'alertmanager' | 'prometheus', name: string, url: string) =>
  application.api.connections.create({ kind, name, url, environment: 'production', auth: { kind: 'none' }, tls: {} })

const grid = (page: Page) => page.getByRole('grid', { name: 'Alerts' })
const rowOf = (page: Page, name: string) => grid(page).getByRole('row').filter({ hasText: name })

async function openAlerts(page: Page): Promise<void> {
  await go(page, /^Alerts/)
  await expect(grid(page)).toBeVisible()
}

const rules = `
groups:
- name: checkout
  interval: 1s
  rules:
  - alert: CheckoutErrors
    expr: checkout_error_ratio > 0.05
    labels: { severity: critical, team: pay }
    annotations: { summary: 'Checkout fails for {{ $value }} of requests', runbook_url: 'https://runbooks.example/checkout' }
  - alert: CheckoutSlow
    expr: checkout_latency_seconds > 1
    labels: { severity: warning, team: pay }
    annotations: { summary: 'Checkout takes {{ $value }} s' }
`

test('an alert goes from first page to audit entry, with a real Prometheus and a real Alertmanager', async ({
  window,
  application,
}) => {
  await using exporter = await startExporter()
  await using alertmanager = await startAlertmanager()
  await using prometheus = await startPrometheus({
    rules,
    alertmanagers: [alertmanager.url],
    targets: [{ job: 'checkout', address: exporter.address }],
  })
  await connect(application, 'alertmanager', 'Alerts', alertmanager.url)
  await connect(application, 'prometheus', 'Metrics', prometheus.url)
  exporter.set('checkout_error_ratio', { service: 'checkout' }, 0.2)
  exporter.set('checkout_latency_seconds', { service: 'checkout' }, 3)

  await openAlerts(window)
  await expect(rowOf(window, 'CheckoutErrors')).toHaveCount(1, { timeout: 30_000 })
  await expect(rowOf(window, 'CheckoutErrors')).toContainText('critical')
  await expect(rowOf(window, 'CheckoutSlow')).toHaveCount(1)

  await rowOf(window, 'CheckoutErrors').getByText('CheckoutErrors').click()
  const detail = window.getByRole('region', { name: 'Alert' }).or(window.locator('[data-region="Alert"]')).first()
  await expect(window.getByText('Checkout fails for 0.2 of requests').first()).toBeVisible()
  await expect(window.getByRole('link', { name: /runbook/i }).first()).toHaveAttribute(
    'href',
    'https://runbooks.example/checkout',
  )
  await expect(window.getByText('checkout_error_ratio').first()).toBeVisible()
  await expect(window.locator('.uplot, canvas').first()).toBeVisible()
  await expect(detail).toContainText('History')
  await expectAccessible(window)
  await picture(window, 'alert')

  await window.keyboard.press('a')
  await window.getByRole('dialog').getByLabel('Comment').fill('on it')
  await window.keyboard.press('Control+Enter')
  await expect(rowOf(window, 'CheckoutErrors')).toContainText('acknowledged')

  await window.keyboard.press('s')
  const editor = window.getByRole('dialog')
  await expect(editor).toContainText(/covers? 1|1 alert/i)
  await editor.getByLabel('Comment').fill('rolling back')
  await expectAccessible(window)
  await picture(window, 'silence')
  await editor
    .getByRole('button', { name: /silence/i })
    .last()
    .click()
  await expect(editor).toBeHidden() // it hides the rows too while it is there
  await expect(rowOf(window, 'CheckoutErrors')).toHaveCount(0)
  const silenced = await fetch(`${alertmanager.url}/api/v2/silences`)
  expect(await silenced.json()).toMatchObject([{ comment: 'rolling back', status: { state: 'active' } }])

  exporter.set('checkout_error_ratio', { service: 'checkout' }, 0)
  exporter.set('checkout_latency_seconds', { service: 'checkout' }, 0)
  await expect(rowOf(window, 'CheckoutSlow')).toHaveCount(0, { timeout: 30_000 })

  const { entries } = await application.api.audit.list({})
  expect(entries.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual(
    expect.arrayContaining(['alerts.acknowledge succeeded', 'silences.create succeeded']),
  )
  const verdicts = []
  for await (const verdict of application.api.audit.verify({})) verdicts.push(verdict)
  expect(verdicts.at(-1)?.problems).toEqual([])
  expect(verdicts.at(-1)?.checked).toBeGreaterThan(2)
})

/** `10 000 alerts` or `412 of 10 000 alerts`, as the toolbar counts them. */
const counted = (count: number): RegExp => new RegExp(`^${formatNumber(count)} (of .*)?alerts`)

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    labels: {
      alertname: `Alert${n % 40}`,
      severity: ['critical', 'warning', 'info'][n % 3] ?? 'info',
      service: `service-${n % 100}`,
      instance: `host-${n}:9100`,
      team: ['pay', 'search', 'infra'][n % 3] ?? 'infra',
    },
    annotations: { summary: `Something is wrong with host-${n}` },
  }))

test('10,000 alerts are filtered, grouped and scrolled, and the view is a link', async ({ window, application }) => {
  await using alertmanager = await startAlertmanager()
  for (let at = 0; at < 10_000; at += 2_000) await alertmanager.post(many(10_000).slice(at, at + 2_000))
  await connect(application, 'alertmanager', 'Alerts', alertmanager.url)
  // Only production: on a busy machine the built-in rules have an alert of their own.
  await window.goto(`${new URL(window.url()).origin}/alerts?env=production`)
  await expect(window.getByText(counted(10_000))).toBeVisible()
  await picture(window, 'alerts')

  const filter = window.getByLabel('Filter alerts')
  await filter.fill('team="pay",service=~"service-1.*"')
  await filter.press('Enter')
  const { total } = await application.api.alerts.list({ matchers: 'team="pay",service=~"service-1.*"', limit: 1 })
  await expect(window.getByText(counted(total))).toBeVisible()
  await expect(window).toHaveURL(/service-1/)
  const link = window.url()

  await filter.fill('team="pay')
  await filter.press('Escape')
  await expect(window.getByText(/never closed/).first()).toBeVisible()
  await expect(window.getByText(/at character 6/).first()).toBeVisible()

  await window.goto(link)
  await expect(window.getByLabel('Filter alerts')).toHaveValue('team="pay",service=~"service-1.*"')
  await expect(window.getByText(counted(total))).toBeVisible()

  await window.getByRole('button', { name: /^Group/ }).click()
  await window
    .getByRole('checkbox', { name: /alertname/ })
    .or(window.getByLabel(/alertname/))
    .first()
    .click()
  await window.keyboard.press('Escape')
  await expect(grid(window).locator('[aria-expanded]').first()).toBeVisible()
  await expectAccessible(window)

  await window.getByLabel('Filter alerts').fill('')
  await window.getByLabel('Filter alerts').press('Enter')
  await window.getByLabel('Search alerts').pressSequentially('host-4242', { delay: 10 })
  await expect(window.getByLabel('Search alerts')).toHaveValue('host-4242')
  await expect(grid(window).getByText('Something is wrong with host-4242').first()).toBeVisible()
})

test('triage by the keyboard alone', async ({ window, application }) => {
  await using alertmanager = await startAlertmanager()
  await alertmanager.post(many(3))
  await connect(application, 'alertmanager', 'Alerts', alertmanager.url)
  await window.keyboard.press('g')
  await window.keyboard.press('a')
  await expect(rowOf(window, 'Alert0')).toHaveCount(1)
  await window.keyboard.press('j')
  await window.keyboard.press('x')
  await window.keyboard.press('j')
  await window.keyboard.press('x')
  await window.keyboard.press('a')
  await window.keyboard.type('both of them')
  await window.keyboard.press('Control+Enter')
  await expect(rowOf(window, 'acknowledged')).toHaveCount(2)
  await window.getByRole('button', { name: 'Undo' }).press('Enter')
  await expect(rowOf(window, 'acknowledged')).toHaveCount(0)
  await window.keyboard.press('?')
  await expect(window.getByRole('dialog')).toContainText('Acknowledge')
  await window.keyboard.press('Escape')
})

test('texts from outside stay text', async ({ window, application }) => {
  await using alertmanager = await startAlertmanager()
  const hostile = {
    markup: '<img src=x onerror="document.title=\'owned\'">',
    newlines: 'one\ntwo\nthree',
    emoji: '🔥🚒👩‍🚒',
    rtl: 'safe\u202Eexe.txt',
    ansi: '\u001b[31mred\u001b[0m',
    long: 'x'.repeat(10_000),
  }
  await alertmanager.post([
    {
      labels: { alertname: 'Hostile', severity: 'critical', ...hostile },
      annotations: { summary: hostile.markup, link: 'javascript:alert(1)' },
    },
  ])
  await connect(application, 'alertmanager', 'Alerts', alertmanager.url)
  await openAlerts(window)
  await rowOf(window, 'Hostile').getByText('Hostile').click()
  await expect(window.getByText(hostile.markup, { exact: false }).first()).toBeVisible()
  expect(await window.locator('img[src="x"]').count()).toBe(0)
  expect(await window.locator('a[href^="javascript:"]').count()).toBe(0)
  expect(await window.title()).not.toContain('owned')
  await expectAccessible(window)
})

test('what is known stays when the Alertmanager goes away; an action then fails and changes nothing', async ({
  window,
  application,
}) => {
  await using alertmanager = await startAlertmanager()
  await using proxy = await startProxy(alertmanager.url)
  await alertmanager.post(many(2))
  await connect(application, 'alertmanager', 'Alerts', proxy.url)
  await openAlerts(window)
  await expect(rowOf(window, 'Alert0')).toHaveCount(1)
  await proxy.cut()
  const strip = window.getByLabel('Sources that do not answer')
  await expect(strip).toBeVisible({ timeout: 20_000 })
  await expect(strip).toContainText('Alerts')
  await expect(rowOf(window, 'Alert0')).toHaveCount(1)
  await expectAccessible(window)
  const [target] = (await application.api.silences.targets({})).filter(({ kind }) => kind === 'alertmanager')
  await expect(
    application.api.silences.create({
      target: target?.id ?? '',
      matchers: [{ name: 'alertname', value: 'Alert0', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      comment: 'x',
    }),
  ).rejects.toMatchObject({ code: 'unreachable' })
  await proxy.restore()
  await expect(strip).toBeHidden({ timeout: 90_000 })
  expect(await (await fetch(`${alertmanager.url}/api/v2/silences`)).json()).toEqual([])
})
