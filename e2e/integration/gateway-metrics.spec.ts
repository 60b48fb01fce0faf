import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessible, go, test } from '../app/fixtures.ts'
import { freePort } from '../app/peers/peer.ts'
import { endAgent } from '../app/peers/subject.ts'

test('metrics are served on a port that is free, with what Prometheus needs to be told', async ({
  window: page,
  application,
}) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  try {
    await go(page, 'Gateway')
    await page.getByText('No route is served').waitFor()
    await page.keyboard.press('5')
    await page.getByText('They are served nowhere.').waitFor()
    const field = page.getByLabel('Port on this machine')
    await field.fill(String((taken.address() as AddressInfo).port))
    await field.press('Enter')
    await expect(page.getByText('is taken by')).toBeVisible()
    await expectAccessible(page)
    await field.fill(String(port))
    await field.press('Enter')
    await expect(page.getByText(`Served at http://127.0.0.1:${port}/metrics`)).toBeVisible()
    await expect(page.getByText(`targets: ["127.0.0.1:${port}"]`)).toBeVisible()
    await expectAccessible(page)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
    await page.getByRole('button', { name: 'Stop serving metrics' }).click()
    await expect(page.getByText('They are served nowhere.')).toBeVisible()
  } finally {
    endAgent(application.data)
    taken.close()
  }
})
