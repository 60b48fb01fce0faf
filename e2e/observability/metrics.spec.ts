import { freemem, totalmem } from 'node:os'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'

test('this machine is measured without any configuration, and what is shown is what is there', async ({
  window,
  application,
}) => {
  await expect
    .poll(async () => (await application.api.metrics.host({}))?.cpuPercent ?? null, { timeout: 20_000 })
    .not.toBeNull()
  const reading = await application.api.metrics.host({})
  expect(reading?.memory?.total).toBe(totalmem())
  expect(reading?.memory?.available).toBeGreaterThan(freemem() / 2)
  expect(reading?.filesystems.map(({ mountpoint }) => mountpoint)).toContain('/')

  await go(window, 'Metrics')
  for (const title of ['CPU', 'Memory', 'Load']) await expect(window.getByText(title).first()).toBeVisible()
  await expectAccessible(window)
  await picture(window, 'metrics')
})

test('the readings follow the machine: work shows as CPU', async ({ application }) => {
  const idle = async (): Promise<number> =>
    (await application.api.metrics.instant({ expression: 'sum(increase(node_cpu_seconds_total{mode="user"}[15s]))' }))
      .series[0]?.value ?? 0
  await expect.poll(idle, { timeout: 40_000, intervals: [1_000] }).toBeGreaterThan(0)
})

test('PromQL over this machine answers, and a mistake is shown where it is', async ({ window, application }) => {
  await expect.poll(async () => (await application.api.metrics.host({})) !== null).toBe(true)
  await go(window, 'Metrics')
  await window.getByRole('tab', { name: 'Query' }).click()
  const query = window.getByLabel(/PromQL over this machine/)
  await query.fill('node_memory_MemTotal_bytes')
  await query.press('ControlOrMeta+Enter')
  await expect(window.getByText('node_memory_MemTotal_bytes').last()).toBeVisible()
  await query.fill('sum(node_load1')
  await query.press('ControlOrMeta+Enter')
  await expect(window.getByText(/at character/).first()).toBeVisible()
})
