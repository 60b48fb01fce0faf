import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '../app/gateway-file.ts'
import { freePort } from '../app/peers/peer.ts'
import { endAgent } from '../app/peers/subject.ts'

const listen = async (name: string): Promise<Server> => {
  const server = createServer((_, response) => response.end(name))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port
const fileOf = (port: number, stable: number, next: number) =>
  gatewayFile({
    ...{ listeners: plainListener(port), rules: ruleTo({ stable: 70, next: 30 }) },
    backends: {
      stable: endpointSpec(stable, ', healthCheck: { path: /, intervalMs: 200 }'),
      next: endpointSpec(next),
    },
  })

test('a file is corrected, served, measured, logged and removed, by keyboard as well', async ({
  window: page,
  application,
}) => {
  const [one, two] = [await listen('stable'), await listen('next')]
  const port = await freePort()
  try {
    await go(page, 'Gateway')
    await expect(page.getByText('No gateway runs here: nothing is served.')).toBeVisible()
    await expect(page.getByText('No route is served')).toBeVisible()
    await expectAccessible(page)
    await page.keyboard.press('3')
    await page.getByText('No file is served yet').waitFor()
    await page.keyboard.press('c')
    await page.getByLabel('Name').fill('shop')
    const text = page.getByLabel('Gateway API documents (YAML)')
    const good = fileOf(port, portOf(one), portOf(two))
    await text.fill(good.replace('weight: 70', 'wait: 70'))
    await expect(page.getByText('The gateway knows no such field here.')).toBeVisible()
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(page.getByText('The file was not saved.')).toBeVisible()
    await expectAccessible(page)
    await text.fill(good)
    await expect(page.getByRole('region', { name: 'What it serves' })).toContainText(`http://127.0.0.1:${port}`)
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(page.getByRole('grid', { name: 'Files' })).toContainText('In force')
    await expectAccessible(page)
    for (let index = 0; index < 100; index++)
      await (await fetch(`http://127.0.0.1:${port}/cart/${index}?x=%1b[31m`)).text()

    await page.getByRole('tab', { name: 'Routes' }).click()
    const routes = page.getByRole('grid', { name: 'Routes, over five minutes' })
    await expect(routes).toContainText('shop:stable')
    await expect(routes).toContainText('shop:next')
    await expectAccessible(page)
    await picture(page, 'gateway')
    await page.getByRole('tab', { name: 'Backends' }).click()
    await expect(page.getByText('healthy', { exact: true })).toBeVisible()
    await expect(page.getByText('not checked')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('tab', { name: 'Access log' }).click()
    await expect(page.getByRole('grid', { name: 'Access log' })).toContainText('/cart/99')
    await expectAccessible(page)

    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByRole('gridcell', { name: 'shop', exact: true }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('button', { name: 'Remove file' }).click()
    await expect(page.getByText('No file is served yet')).toBeVisible()
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  } finally {
    endAgent(application.data)
    for (const server of [one, two]) server.close()
  }
})
