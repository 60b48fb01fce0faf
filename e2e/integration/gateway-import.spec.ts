import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import AxeBuilder from '@axe-core/playwright'
import { expect, expectAccessible, go, type Page, test } from '../app/fixtures.ts'
import { freePort } from '../app/peers/peer.ts'
import { endAgent } from '../app/peers/subject.ts'

const script =
  '<img src=x onerror=alert(1)><script>alert(1)</script>[go](javascript:alert(1))[on](&#106;avascript:alert(1))'
const document = `openapi: 3.1.0
info: { title: Pets, version: "1", description: "${script}" }
servers: [{ url: https://internal.example/v1 }]
x-owner: somebody
paths:
  /pets/{petId}:
    get:
      summary: One pet
      description: "${script}"
      parameters: [{ name: petId, in: path, required: true, description: "${script}", schema: { type: integer, example: 7 } }]
      responses: { "200": { description: "${script}" } }
  /pets/mine: { get: {} }
  /outside: { $ref: "https://evil.example/x.yaml" }
`

test('an OpenAPI document becomes a file, which is looked at, served and exported', async ({
  window: page,
  application,
}) => {
  const server = createServer((request, response) => response.end(request.url))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  try {
    await go(page, 'Gateway')
    await page.getByText('No route is served').waitFor()
    await page.keyboard.press('3')
    await page.getByText('No file is served yet').waitFor()
    await page.keyboard.press('i')
    await page.getByLabel('Name of the file').fill('pets')
    await page.getByLabel('OpenAPI 3 document (YAML or JSON)').fill('swagger: "2.0"')
    await page.getByLabel('Port to listen on').fill(String(port))
    await page.getByLabel('Backend addresses').fill(`127.0.0.1:${(server.address() as AddressInfo).port}`)
    await page.getByLabel('Serve a page of documentation at /docs').press('Space')
    await page.getByRole('button', { name: 'Make a file of it' }).click()
    await expect(page.getByText('This is Swagger 2, not OpenAPI 3.')).toBeVisible()
    await expectAccessible(page)
    await page.getByLabel('OpenAPI 3 document (YAML or JSON)').fill(document)
    await page.getByRole('button', { name: 'Make a file of it' }).click()
    const findings = page.getByRole('region', { name: 'Not taken over from the document' })
    await expect(findings).toContainText('it stands in another document, https://evil.example/x.yaml.')
    await expect(findings).toContainText('Answers are not checked against their schemas.')
    await expect(page.getByRole('region', { name: 'What it serves' })).toContainText('v1-pets-mine: 1 rule, to pets')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(page.getByRole('grid', { name: 'Files' })).toContainText('In force')
    await expect(page.getByRole('link', { name: `${address}/docs` })).toBeVisible()
    await expectAccessible(page)
    expect(await (await fetch(`${address}/v1/pets/7`)).text()).toBe('/v1/pets/7')
    expect((await fetch(`${address}/v1/outside`)).status).toBe(404)
    const refused = await fetch(`${address}/v1/pets/seven`)
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
    expect(await refused.text()).toContain('It must be integer.')

    await documentationWorks(await page.context().newPage(), address)

    await page.getByRole('button', { name: 'Export…' }).click()
    await expect(page.getByLabel('kong.yaml')).toHaveValue(/_format_version: "3.0"/)
    await expect(page.getByText(`proxy_listen = 127.0.0.1:${port}.`)).toBeVisible()
    await expect(
      page.getByText('Requests are not checked against the definition of the API there.').first(),
    ).toBeVisible()
    await page.getByRole('radio', { name: 'Envoy' }).click()
    await expect(page.getByLabel('envoy.yaml')).toHaveValue(/static_resources:/)
    await expectAccessible(page)
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save envoy.yaml' }).click()
    expect((await saving).suggestedFilename()).toBe('envoy.yaml')
  } finally {
    endAgent(application.data)
    server.close()
  }
})

/** As a consumer meets it: another page of the browser, which knows nothing of the application. */
async function documentationWorks(page: Page, address: string): Promise<void> {
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())))
  page.on('dialog', (dialog) => void troubles.push(`dialog ${dialog.message()}`, String(dialog.dismiss())))
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith('data:')) troubles.push(request.url())
  })
  await page.goto(`${address}/docs`)
  await page.getByRole('heading', { name: 'Pets' }).waitFor()
  await expect(page.getByText('/v1', { exact: true }).first()).toBeAttached()
  await expect(page.locator('#portal')).not.toContainText('internal.example')
  const operation = page.getByRole('button', { name: /\/pets\/\{petId\}/ }).first()
  await operation.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Try it out' }).press('Enter')
  await page.getByRole('button', { name: 'Execute' }).press('Enter')
  await expect(page.locator('.live-responses-table')).toContainText('/v1/pets/7')
  expect(await page.locator('#portal img, #portal script, #portal a[href^="javascript"]').count()).toBe(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('\n')}`)).toEqual([])
  expect(troubles).toEqual([])
  await page.close()
}
