import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startApplication, temporaryData } from '../app/application.ts'
import { expect, go, test } from '../app/fixtures.ts'
import { createAuthority } from '../app/peers/certificates.ts'
import { freePort } from '../app/peers/peer.ts'
import { demandSignIn, people, signedIn, startDirectory, typePassword } from './team.ts'

test('a team signs in to one server host over TLS, each as themselves, and what one does the other sees', async ({
  browser,
}) => {
  const data = temporaryData()
  await using slapd = await startDirectory()
  {
    await using alone = await startApplication({ data })
    await demandSignIn(alone, slapd)
  }
  const authority = await createAuthority()
  const certificate = await authority.issue({ commonName: 'ops.test', names: ['DNS:localhost', 'IP:127.0.0.1'] })
  const [cert, key] = [join(data, 'host.crt'), join(data, 'host.key')]
  writeFileSync(cert, certificate.cert)
  writeFileSync(key, certificate.key, { mode: 0o600 })
  const port = await freePort()
  await using _host = await startApplication({
    data,
    args: ['--listen', `127.0.0.1:${port}`, '--tls-cert', cert, '--tls-key', key],
    env: { FRAMEWORK0_PASSPHRASE: 'correct horse battery staple' },
  })

  const arrive = async ({ login, password, name }: (typeof people)[keyof typeof people]) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.goto(`https://localhost:${port}/`)
    await expect(page.getByRole('heading', { name: 'Sign in to Framework0' })).toBeVisible()
    await typePassword(page, login, password)
    await expect(signedIn(page, name)).toBeVisible()
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict' })
    return page
  }
  const [boss, vera] = [await arrive(people.boss), await arrive(people.vera)]
  await go(boss, 'People')
  const row = boss.getByRole('row', { name: /Vera Viewer/ })
  await expect(row).toBeVisible()
  await go(vera, 'Connections')
  await expect(vera.getByRole('button', { name: 'New connection' }).first()).toHaveAttribute('aria-disabled', 'true')

  await row.click()
  await boss.getByRole('checkbox', { name: 'SRE' }).check()
  await boss.getByRole('button', { name: 'Change roles' }).click()
  await expect(signedIn(vera, people.vera.name)).toHaveAccessibleName(/SRE/)
  await expect(vera.getByRole('button', { name: 'New connection' }).first()).not.toHaveAttribute(
    'aria-disabled',
    'true',
  )
  rmSync(data, { recursive: true, force: true })
})
