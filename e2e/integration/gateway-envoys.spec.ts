import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '../app/gateway-file.ts'
import { startEnvoy } from '../app/peers/envoy.ts'
import { freePort } from '../app/peers/peer.ts'

const fileOf = (port: number, backend: number) =>
  gatewayFile({
    ...{ gatewayClass: 'envoy', listeners: plainListener(port) },
    ...{ rules: ruleTo({ one: 1 }), backends: { one: endpointSpec(backend) } },
  })

test('a real Envoy is started as the screen says, and serves a file of its class', async ({
  window: page,
  application,
}) => {
  const server = createServer((_, response) => response.end('one'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const [port, asked] = [await freePort(), await freePort()]
  try {
    const text = fileOf(port, (server.address() as AddressInfo).port)
    await application.api.gateway.saveFile({ name: 'shop', text, revision: null })
    await go(page, 'Gateway')
    await page.getByRole('tab', { name: 'Envoys' }).click()
    await expect(page.getByText('No Envoy is answered.')).toBeVisible()
    await page.getByLabel('Port on this machine').fill('0')
    await page.getByRole('button', { name: 'Answer Envoys' }).click()
    await expect(page.getByText('Enter a port from 1 to 65535.')).toBeVisible()
    await page.getByLabel('Port on this machine').fill(String(asked))
    await page.keyboard.press('Enter')
    await expect(page.getByText(`Envoys are answered on port ${asked} of this machine.`)).toBeVisible()
    await expect(page.getByText('None has asked yet.')).toBeVisible()

    await page.getByRole('button', { name: 'Copy the bootstrap' }).click()
    await using _envoy = await startEnvoy(await page.evaluate(() => navigator.clipboard.readText()))
    const row = page.getByRole('row').filter({ hasText: 'envoy-1' })
    await expect(row).toContainText('has everything')
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('one')
    await expectAccessible(page)
    await picture(page, 'gateway-envoys')
    await page.keyboard.press('3')
    await expect(page.getByRole('row').filter({ hasText: 'shop' })).toContainText('In force')
  } finally {
    server.close()
  }
})
