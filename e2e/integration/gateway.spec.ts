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

test('a file that is edited is not lost by leaving it, nor saved twice, and says when its port is taken', async ({
  window: page,
  application,
}) => {
  const upstream = await listen('stable')
  const port = await freePort()
  const squatter = createServer()
  const files = page.getByRole('grid', { name: 'Files' })
  const text = page.getByLabel('Gateway API documents (YAML)')
  const question = page.getByRole('alertdialog', { name: 'Discard your changes?' })
  try {
    await go(page, 'Gateway')
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByText('No file is served yet').waitFor()
    await page.keyboard.press('c')
    await page.getByLabel('Name').fill('shop')
    const good = fileOf(port, portOf(upstream), portOf(upstream))
    await text.fill(good)
    await expect(page.getByRole('region', { name: 'What it serves' })).toContainText(`http://127.0.0.1:${port}`)
    await page.getByRole('button', { name: 'Save and serve' }).dblclick()
    await expect(files).toContainText('In force')
    await expect(page.getByText('The file was not saved.')).toBeHidden()

    // Nothing was changed, so nothing is asked.
    await page.getByRole('tab', { name: 'Routes' }).click()
    await expect(page.getByRole('grid', { name: 'Routes, over five minutes' })).toBeVisible()
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByRole('gridcell', { name: 'shop', exact: true }).click()
    await text.fill(good.replace('gatewayClassName: framework0', 'gatewayClassName: nginx'))
    await expect(page.getByText('There is no gateway of the class “nginx”.')).toBeVisible()
    for (const leave of [
      () => page.getByRole('tab', { name: 'Routes' }).click(),
      () => page.getByRole('button', { name: 'Add a file' }).click(),
      () => page.getByRole('button', { name: 'Close', exact: true }).click(),
      () => go(page, 'Alerts'),
    ]) {
      await leave()
      await expect(question).toBeVisible()
      await question.getByRole('button', { name: 'Cancel' }).click()
      await expect(text).toHaveValue(/nginx/)
    }
    await page.getByRole('button', { name: 'Add a file' }).click()
    await expectAccessible(page)
    await question.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(page.getByText('The file was not saved.')).toBeVisible()
    await text.fill('')
    await expect(page.getByText('The file was not saved.')).toBeHidden()
    await expect(page.getByText('It serves nothing: it has no Gateway that listens.')).toBeVisible()
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(files).toContainText('It serves nothing')
    await text.fill(good)
    await page.getByRole('tab', { name: 'Routes' }).click()
    await question.getByRole('button', { name: 'Discard changes' }).click()
    await expect(page.getByText('No route is served')).toBeVisible()
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByRole('gridcell', { name: 'shop', exact: true }).click()
    await text.fill(good)
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(files).toContainText('In force')

    // The agent dies, and somebody else has the port when the next one comes.
    endAgent(application.data)
    await expect(async () => {
      await new Promise<void>((resolve, reject) => squatter.once('error', reject).listen(port, '127.0.0.1', resolve))
    }).toPass({ intervals: [1] })
    await expect(files).toContainText('Not in force', { timeout: 15_000 })
    const refusal = new RegExp(`127.0.0.1:${port} is taken by .*process ${process.pid}`)
    await expect(page.getByText(refusal).first()).toBeVisible()
    await page.getByRole('tab', { name: 'Routes' }).click()
    await expect(page.getByText(/^Not served: shop:front\/web\./)).toContainText(refusal)
    await expectAccessible(page)
    squatter.close()
    await expect(page.getByText(`Listens on 127.0.0.1:${port}`)).toBeVisible({ timeout: 15_000 })
    await expect(page.getByText(/^Not served/)).toBeHidden()
  } finally {
    endAgent(application.data)
    for (const server of [upstream, squatter]) server.close()
  }
})
