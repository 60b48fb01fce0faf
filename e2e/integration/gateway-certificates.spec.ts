import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { expect, expectAccessible, go, test } from '../app/fixtures.ts'
import { endpointSpec, gatewayFile, ruleTo } from '../app/gateway-file.ts'
import { createAuthority } from '../app/peers/certificates.ts'
import { freePort } from '../app/peers/peer.ts'
import { endAgent } from '../app/peers/subject.ts'

const fileOf = (port: number, backend: number) =>
  gatewayFile({
    listeners: `{ name: web, port: ${port}, protocol: HTTPS, tls: { certificateRefs: [{ name: shop-tls }] } }`,
    ...{ rules: ruleTo({ one: 1 }), backends: { one: endpointSpec(backend) } },
  })

const fingerprint = (port: number, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'shop.example', ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.on('error', reject)
  })

test('a certificate is added, served, replaced before it ends, and removed', async ({ window: page, application }) => {
  const authority = await createAuthority()
  const issue = (days: number) => authority.issue({ commonName: 'shop.example', names: ['DNS:shop.example'], days })
  const [soon, later] = [await issue(12), await issue(90)]
  const server = createServer((_, response) => response.end('one'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  try {
    await go(page, 'Gateway')
    await page.getByText('No route is served').waitFor()
    await page.keyboard.press('4')
    await page.getByText('There is no certificate yet').waitFor()
    await expectAccessible(page)
    await page.keyboard.press('c')
    await page.getByLabel('Name', { exact: true }).fill('shop-tls')
    await page.getByRole('textbox', { name: 'Certificate' }).fill(soon.cert)
    await page.getByRole('textbox', { name: 'Private key' }).fill(later.key)
    await page.getByRole('button', { name: 'Add the certificate' }).click()
    await expect(page.getByText('The private key does not belong to the certificate.')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('textbox', { name: 'Private key' }).fill(soon.key)
    await page.getByRole('button', { name: 'Add the certificate' }).click()
    const vault = page.getByRole('dialog').filter({ has: page.getByLabel('Passphrase') })
    await vault.getByLabel('Passphrase').fill('correct horse battery')
    await vault.getByLabel('The same again').fill('correct horse battery')
    await vault.getByRole('button', { name: /choose|create|protect|store/i }).click()
    const certificate = page.getByRole('region', { name: 'shop-tls' })
    await expect(certificate).toContainText('11 days left')

    await page.keyboard.press('3')
    await page.getByText('No file is served yet').waitFor()
    await page.keyboard.press('c')
    await page.getByLabel('Name').fill('shop')
    await page.getByLabel('Gateway API documents (YAML)').fill(fileOf(port, (server.address() as AddressInfo).port))
    await page.getByRole('button', { name: 'Save and serve' }).click()
    await expect(page.getByRole('grid', { name: 'Files' })).toContainText('In force')
    const before = await fingerprint(port, authority.ca)

    await page.getByRole('tab', { name: 'Certificates' }).click()
    await expect(certificate).toContainText(before)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Replace shop-tls' }).click()
    await page.getByRole('textbox', { name: 'Certificate' }).fill(later.cert)
    await page.getByRole('textbox', { name: 'Private key' }).fill(later.key)
    await page.getByRole('button', { name: 'Replace the certificate' }).click()
    await expect(certificate).toContainText('89 days left')
    expect(await fingerprint(port, authority.ca)).not.toBe(before)

    await page.getByRole('button', { name: 'Remove shop-tls' }).click()
    await expect(page.getByText('shop uses it. Change the file first.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Remove certificate' })).toBeDisabled()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByRole('gridcell', { name: 'shop', exact: true }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('button', { name: 'Remove file' }).click()
    await page.getByText('No file is served yet').waitFor()
    await page.getByRole('tab', { name: 'Certificates' }).click()
    await page.getByRole('button', { name: 'Remove shop-tls' }).click()
    await page.getByRole('button', { name: 'Remove certificate' }).click()
    await expect(page.getByText('There is no certificate yet')).toBeVisible()
  } finally {
    endAgent(application.data)
    server.close()
  }
})
