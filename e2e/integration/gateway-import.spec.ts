import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessible, go, test } from '../app/fixtures.ts'
import { freePort } from '../app/peers/peer.ts'
import { endAgent } from '../app/peers/subject.ts'

const document = `openapi: 3.1.0
servers: [{ url: /v1 }]
paths:
  /pets/{petId}: { get: {} }
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
    await page.getByRole('button', { name: 'Make a file of it' }).click()
    await expect(page.getByText('This is Swagger 2, not OpenAPI 3.')).toBeVisible()
    await expectAccessible(page)
    await page.getByLabel('OpenAPI 3 document (YAML or JSON)').fill(document)
    await page.getByRole('button', { name: 'Make a file of it' }).click()
    const findings = page.getByRole('region', { name: 'Not taken over from the document' })
    await expect(findings).toContainText('it stands in another document, https://evil.example/x.yaml.')
    await expect(page.getByRole('region', { name: 'What it serves' })).toContainText('v1-pets-mine: 1 rule, to pets')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(page.getByRole('grid', { name: 'Files' })).toContainText('In force')
    expect(await (await fetch(`http://127.0.0.1:${port}/v1/pets/7`)).text()).toBe('/v1/pets/7')
    expect((await fetch(`http://127.0.0.1:${port}/v1/outside`)).status).toBe(404)

    await page.getByRole('button', { name: 'Export…' }).click()
    await expect(page.getByLabel('kong.yaml')).toHaveValue(/_format_version: "3.0"/)
    await expect(page.getByText(`proxy_listen = 127.0.0.1:${port}.`)).toBeVisible()
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
