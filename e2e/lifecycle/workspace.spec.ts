import { rmSync } from 'node:fs'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { type PostgresPeer, startPostgres } from '#e2e/app/peers/postgres.ts'
import { type Application, startApplication, temporaryData } from '../app/application.ts'
import { expect, expectAccessible, go, type Page, picture, test } from '../app/fixtures.ts'

const passphrase = 'correct horse battery'
const env = { FRAMEWORK0_PASSPHRASE: passphrase }

let authority: Authority
let server: PostgresPeer
const folders: string[] = []

test.beforeAll(async () => {
  authority = await createAuthority()
  server = await startPostgres({
    certificate: await authority.issue({ commonName: 'db', names: ['DNS:localhost', 'IP:127.0.0.1'] }),
  })
})
test.afterAll(async () => {
  await server?.stop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const folder = (): string => {
  const path = temporaryData()
  folders.push(path)
  return path
}

const open = async (page: Page, application: Application, path = '/workspace'): Promise<void> => {
  await page.goto(await application.link())
  await page.waitForURL((url) => !url.searchParams.has('token'))
  if (path === '/workspace') await go(page, 'Workspace')
}

const step = (page: Page, name: string) =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) })

/** The settings of the real server, typed by keyboard alone from the first field on. */
async function type(page: Page, schema: string, password = server.password): Promise<void> {
  await page.getByLabel('Host').focus()
  const typed = ['localhost', String(server.port), server.database, schema, server.user, password]
  for (const text of typed) {
    await page.keyboard.press('Control+a')
    await page.keyboard.type(text)
    await page.keyboard.press('Tab')
  }
  await page.getByRole('textbox', { name: /^Certificate authority/ }).fill(authority.ca)
}

const settings = (schema: string) => ({
  ...{ host: 'localhost', port: server.port, database: server.database, user: server.user, schema },
  password: server.password,
  tls: { mode: 'verify-full', ca: authority.ca } as const,
})

const connect = (application: Application, name: string) =>
  application.api.connections.create({
    kind: 'prometheus',
    name,
    url: `http://127.0.0.1:9/${name}/`,
    environment: 'staging',
    auth: { kind: 'bearer', token: 'a-token' },
    tls: {},
  })

const banner = (page: Page) => page.getByText(/^The team workspace on localhost does not answer/)

test('the owner tests a server, moves the workspace there, finds it after a restart, and takes it back', async ({
  page,
}) => {
  const data = folder()
  let application = await startApplication({ data, env })
  await application.api.access.createVault({ passphrase })
  await connect(application, 'Metrics')
  await open(page, application)
  await expect(page.getByText('A file of this machine')).toBeVisible()
  await expectAccessible(page)

  await type(page, 'owner', 'wrong')
  await page.getByRole('button', { name: 'Test', exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect(step(page, 'Sign-in')).toContainText('failed')
  await expect(step(page, 'TLS')).toContainText('ok')
  await expect(step(page, 'Contents')).toContainText('skipped')
  await page.getByLabel('Password').fill(server.password)
  await page.getByLabel('Password').press('Enter')
  for (const name of ['DNS', 'TCP', 'TLS', 'Sign-in', 'Version', 'Permissions', 'Contents'])
    await expect(step(page, name)).toContainText('ok')
  await expectAccessible(page)
  await picture(page, 'workspace-test')

  await page.getByRole('button', { name: 'Move this workspace there' }).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Move the workspace to this server?' })
  await expect(dialog).toContainText(`team on localhost:${server.port}`)
  await dialog.getByRole('button', { name: 'Move it' }).press('Enter')
  await expect(page.getByText(/\d+ rows in \d+ tables copied and compared/)).toBeVisible()
  await expect(page.getByText(/Root of the audit log/)).toContainText(/[0-9a-f]{64}/)
  await expect(page.getByText(/Restart the application to open it/).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Move this workspace there' })).toBeHidden()
  await expect(page.getByRole('main')).toContainText(
    `From the next start on the workspace is localhost:${server.port}/team/owner`,
  )
  await expectAccessible(page)
  await picture(page, 'workspace-moved')
  await application.stop()

  application = await startApplication({ data, env })
  await open(page, application)
  await expect(page.getByText('TLS, server verified')).toBeVisible()
  await expect(page.getByText('connected', { exact: true })).toBeVisible()
  await expect(page.getByText(/^PostgreSQL 15/)).toBeVisible()
  await expect(page.getByText('this one')).toHaveCount(1)
  expect((await application.api.connections.list({})).map(({ name }) => name)).toEqual(['Metrics'])
  await go(page, 'Audit')
  await expect(page.getByText('workspace.move').filter({ visible: true }).first()).toBeVisible()
  await go(page, 'Workspace')

  await page.getByRole('button', { name: 'Copy to this machine' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Copy and use it' }).press('Enter')
  await expect(page.getByText(/\d+ rows in \d+ tables copied and compared/)).toBeVisible()
  await application.stop()
  application = await startApplication({ data, env })
  await open(page, application)
  await expect(page.getByText('A file of this machine')).toBeVisible()
  let integrity = ''
  for await (const { state } of application.api.audit.verify({})) integrity = state
  expect(integrity).toBe('verified')
  await application.stop()
})

test('two machines share a workspace live, and wait together for a server that is away', async ({ page, browser }) => {
  const there = settings('shared')
  const datas = [folder(), folder()] as const
  for (const data of datas) {
    const before = await startApplication({ data, env })
    await before.api.workspace.use({ to: there })
    await before.stop()
  }
  const ana = await startApplication({ data: datas[0], env })
  await ana.api.access.createVault({ passphrase })
  const ben = await startApplication({ data: datas[1], env })
  const other = await (await browser.newContext()).newPage()
  await open(page, ana)
  await open(other, ben, '/')
  await expect(page.getByText('this one')).toHaveCount(1)
  await expect(page.getByRole('list', { name: 'Open in' }).getByRole('listitem')).toHaveCount(2)
  await expectAccessible(page)
  await picture(page, 'workspace')

  await go(other, 'Connections')
  await connect(ana, 'Of-Ana')
  await expect(other.getByRole('gridcell', { name: 'Of-Ana', exact: true })).toBeVisible()
  await go(page, 'Connections')
  await connect(ben, 'Of-Ben')
  await expect(page.getByRole('gridcell', { name: 'Of-Ben', exact: true })).toBeVisible()

  await server.restart('fast', async () => {
    await expect(banner(page)).toBeVisible()
    await expect(banner(other)).toBeVisible()
    await expectAccessible(page)
    await picture(page, 'workspace-away')
    await go(page, 'Workspace')
    await expect(page.getByText('away', { exact: true })).toBeVisible()
    await expect(connect(ana, 'Lost')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('nothing was saved'),
    })
  })
  await expect(banner(page)).toBeHidden()
  await expect(banner(other)).toBeHidden()
  await connect(ana, 'After')
  await expect(other.getByRole('gridcell', { name: 'After', exact: true })).toBeVisible()
  await expect(other.getByRole('gridcell', { name: 'Of-Ben', exact: true })).toBeVisible()
  await expect(other.getByRole('gridcell', { name: 'Lost', exact: true })).toBeHidden()

  await go(page, 'Workspace')
  await page.getByRole('button', { name: 'Copy to this machine' }).click()
  await page.getByRole('button', { name: 'Copy and use it' }).click()
  await expect(page.getByRole('alertdialog')).toContainText('Others have the workspace open')
  await page.keyboard.press('Escape')
  await ben.stop()
  await other.close()

  await page.getByRole('button', { name: 'Use the file of this machine' }).click()
  await page.getByRole('button', { name: 'Use the file here' }).click()
  await expect(page.getByText(/Restart the application to open it/).first()).toBeVisible()
  await ana.stop()
  const alone = await startApplication({ data: datas[0], env })
  await open(page, alone)
  await expect(page.getByText('A file of this machine')).toBeVisible()
  expect(await alone.api.connections.list({})).toEqual([])
  await alone.stop()
})
