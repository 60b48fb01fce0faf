import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type Application, startApplication, temporaryData } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { endServicesIn, makeKey, programsIn, type Sshd, startSshd } from '../app/peers/sshd.ts'
import { buildSubject, endAgent, subjectService } from '../app/peers/subject.ts'

const service = 'checkout'
let folder: string
let sshd: Sshd

test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-hosts-'))
  sshd = await startSshd()
})
test.afterEach(async () => {
  endServicesIn(join(folder, 'host'))
  await sshd.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function addService({ api }: Application): Promise<void> {
  await api.rollouts.saveService({ ...subjectService(service), revision: null })
  const built = buildSubject(folder, '1.0.0')
  await api.rollouts.addRelease({ service, version: '1.0.0', folder: built, notes: '' })
}

/** Fills the form of a new environment on one host, whose key is read from it. */
async function describeEnvironment(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New environment' }).click()
  await page.getByLabel('Name', { exact: true }).fill('production')
  await page.getByRole('radio', { name: 'Hosts over SSH' }).click()
  const host = page.getByRole('group', { name: 'Host 1' })
  await host.getByLabel('Address').fill('not a host')
  await host.getByRole('button', { name: 'Read the key of the host' }).click()
  await expect(host.getByText('Give a host name or an IP address.')).toBeVisible()
  await host.getByLabel('Address').fill('127.0.0.1')
  await host.getByLabel('SSH port').fill(String(sshd.port))
  await host.getByLabel('User').fill(sshd.user)
  await host.getByRole('button', { name: 'Read the key of the host' }).click()
  await expect(host.getByLabel('Key of the host')).toHaveValue(sshd.hostKey)
  await expect(host.getByText('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).toBeVisible()
  await page.getByLabel('Folder on each host').fill(join(folder, 'host'))
  await page.getByLabel('First port').fill('23000')
  await page.getByLabel('Last port').fill('22000')
  await page.getByRole('button', { name: 'Add environment' }).click()
  await expect(page.getByText('The last port is below the first.')).toBeVisible()
  await page.getByLabel('Last port').fill('23010')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add environment' }).click()
}

/** Sets the private key, for which the vault gets its passphrase on the way. */
async function setKey(page: Page): Promise<void> {
  await page.getByRole('tab', { name: /^Secrets/ }).click()
  await page.getByRole('button', { name: 'Set the key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Set the private key for the hosts of production' })
  await dialog.getByLabel('Private key', { exact: true }).fill(makeKey(join(folder, 'sealed'), 'open sesame').private)
  await dialog.getByRole('button', { name: 'Keep the key' }).click()
  await expect(dialog.getByText('The private key is encrypted. Give its passphrase.')).toBeVisible()
  await expectAccessible(page)
  await dialog.getByLabel('Private key', { exact: true }).fill(sshd.privateKey)
  await dialog.getByRole('button', { name: 'Keep the key' }).click()
  const vault = page.getByRole('dialog').filter({ has: page.getByLabel('The same again') })
  await vault.getByLabel('Passphrase').fill('correct horse battery')
  await vault.getByLabel('The same again').fill('correct horse battery')
  await vault.getByRole('button', { name: /choose|create|protect|store/i }).click()
  await expect(page.getByText('Kept in the vault.')).toBeVisible()
}

async function rollOut(page: Page): Promise<void> {
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
  await page.getByRole('button', { name: 'Roll out', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: `Roll out ${service}` })
  await dialog.getByLabel('Environment').selectOption('production')
  await dialog.getByLabel('Version', { exact: true }).selectOption('1.0.0')
  await dialog.getByLabel('Strategy').selectOption('immutable')
  await dialog.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('1.0.0 gets all requests.').first()).toBeVisible({ timeout: 60_000 })
}

test('an environment on a host over SSH is added, a version rolled out to it, and it is healthy', async ({
  window: page,
  application,
}) => {
  test.setTimeout(180_000)
  await addService(application)
  await go(page, 'Environments')
  await describeEnvironment(page)
  const hosts = page.getByRole('table', { name: 'Hosts' })
  await expect(hosts).toContainText('No private key is set for the hosts of production.')
  await setKey(page)
  await page.getByRole('tab', { name: /^Overview/ }).click()
  await expect(hosts).toContainText('reachable')
  await expect(hosts).toContainText('Services run under a supervisor of this application')
  await rollOut(page)

  await go(page, 'Environments')
  const row = page.getByRole('grid', { name: 'Environments' }).getByRole('row').filter({ hasText: 'production' })
  await expect(row).toContainText('healthy', { timeout: 30_000 })
  await row.getByRole('gridcell', { name: 'production', exact: true }).click()
  await expect(page.getByRole('table', { name: 'Services' })).toContainText('2 of 2')
  await expectAccessible(page)
  await picture(page, 'hosts')
  const { health } = await application.api.environments.get({ name: 'production' })
  const address = health.services[0]?.address ?? ''
  expect(await (await fetch(address)).text()).toContain('version 1.0.0')
  expect(programsIn(join(folder, 'host'))).toHaveLength(2)

  // what it differs in from one on this machine
  await application.api.environments.create({
    ...{ name: 'staging', description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
    ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
  })
  await page.getByRole('tab', { name: /^Compare/ }).click()
  const differences = page.getByRole('table', { name: 'Target that differ' })
  await expect(differences).toContainText('hosts over SSH')
  await expect(differences).toContainText(`127.0.0.1:${sshd.port}`)

  await application.api.rollouts.decommission({ environment: 'production', service })
  expect(programsIn(join(folder, 'host'))).toEqual([])
})

/** Asks the service without a pause until it is told to stop. @returns what failed without an answer. */
function startLoad(address: string): () => Promise<readonly string[]> {
  const failures: string[] = []
  let going = true
  const client = async (): Promise<void> => {
    while (going)
      await fetch(address).then(
        (response) => response.text(),
        (error: Error) => failures.push(String(error.cause ?? error)),
      )
  }
  const all = Promise.all([client(), client()])
  return async () => {
    going = false
    await all
    return failures
  }
}

test('a rollout to a host goes on when the application was killed amid it, and no request is lost', async () => {
  test.setTimeout(180_000)
  const data = temporaryData()
  const env = { FRAMEWORK0_PASSPHRASE: 'correct horse battery' }
  let application = await startApplication({ data, env })
  let stopLoad: (() => Promise<readonly string[]>) | null = null
  const analysis = { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 }
  const named = { environment: 'production', service }
  const stateOf = async (id: string) => (await application.api.rollouts.get({ id })).state
  try {
    const { port, user, hostKey, privateKey } = sshd
    const hosts = [{ address: '127.0.0.1', port, user, hostKey }]
    const ports = { from: 24_000, to: 24_010 }
    if ((await application.api.access.vault({})).state === 'none')
      await application.api.access.createVault({ passphrase: env.FRAMEWORK0_PASSPHRASE })
    await application.api.environments.create({
      ...{ name: 'production', description: '', region: '', owners: [], layers: [], requiredApprovals: 0 },
      ...{ target: { kind: 'ssh', hosts, folder: join(folder, 'host'), ports }, freezeCalendar: '', expiresAt: null },
    })
    await application.api.environments.setSshKey({ name: 'production', privateKey, passphrase: '' })
    await addService(application)
    const first = await application.api.rollouts.start({
      ...{ ...named, version: '1.0.0', strategy: { kind: 'immutable' }, analysis },
    })
    await expect.poll(() => stateOf(first.id), { timeout: 60_000 }).toBe('succeeded')
    const built = buildSubject(folder, '2.0.0')
    await application.api.rollouts.addRelease({ service, version: '2.0.0', folder: built, notes: '' })
    const [found] = await application.api.rollouts.services({})
    stopLoad = startLoad(found?.placements[0]?.address ?? '')
    const step = (weight: number) => ({ weight, pause: { kind: 'time', seconds: 2 }, analyse: false }) as const
    const { id } = await application.api.rollouts.start({
      ...{ ...named, version: '2.0.0', analysis },
      strategy: {
        ...{ kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null },
        steps: [step(10), step(40)],
      },
    })
    // Amid the upload and the start, and amid the shift of the requests.
    for (const weight of [0, 10]) {
      await expect
        .poll(async () => (await application.api.rollouts.get({ id })).weight, { timeout: 60_000 })
        .toBeGreaterThanOrEqual(weight)
      await application.stop('SIGKILL')
      application = await startApplication({ data, env })
    }
    await expect.poll(() => stateOf(id), { timeout: 90_000 }).toBe('succeeded')
    expect(await stopLoad()).toEqual([])
    await expect.poll(() => programsIn(join(folder, 'host')).length).toBe(2)
    const { health } = await application.api.environments.get({ name: 'production' })
    expect(health).toMatchObject({ status: 'healthy', services: [{ version: '2.0.0', ready: 2 }] })
  } finally {
    await stopLoad?.()
    await application.stop()
    endAgent(data)
    rmSync(data, { recursive: true, force: true })
  }
})

test('an environment whose host is away is removed only by a second choice, and its services run until then', async ({
  window: page,
  application,
}) => {
  test.setTimeout(120_000)
  const { api } = application
  const host = { address: '127.0.0.1', port: sshd.port, user: sshd.user, hostKey: sshd.hostKey }
  await api.access.createVault({ passphrase: 'correct horse battery' })
  await api.environments.create({
    ...{ name: 'production', description: '', region: '', owners: [], layers: [], requiredApprovals: 0 },
    target: { kind: 'ssh', hosts: [host], folder: join(folder, 'host'), ports: { from: 25_000, to: 25_010 } },
    ...{ freezeCalendar: '', expiresAt: null },
  })
  await api.environments.setSshKey({ name: 'production', privateKey: sshd.privateKey, passphrase: '' })
  await addService(application)
  const { id } = await api.rollouts.start({
    ...{ environment: 'production', service, version: '1.0.0', strategy: { kind: 'immutable' } },
    analysis: { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 },
  })
  await expect.poll(async () => (await api.rollouts.get({ id })).state, { timeout: 60_000 }).toBe('succeeded')
  const address = (await api.environments.get({ name: 'production' })).health.services[0]?.address ?? ''
  await go(page, 'Environments')
  const row = page.getByRole('grid', { name: 'Environments' }).getByRole('row').filter({ hasText: 'production' })
  await row.getByRole('gridcell', { name: 'production', exact: true }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  const dialog = page.getByRole('alertdialog')
  await expect(dialog.getByRole('checkbox')).toHaveCount(0)
  await sshd.stop()
  await dialog.getByLabel(/Type production/).fill('production')
  await dialog.getByRole('button', { name: 'Remove environment' }).click()
  await expect(dialog.getByRole('alert')).toContainText('production was not removed, and nothing in it was changed.')
  await expect(
    dialog.getByRole('checkbox', { name: /Remove it here all the same; what runs on .* stays/ }),
  ).toBeVisible()
  expect(await (await fetch(address)).text()).toContain('version 1.0.0')
  await expectAccessible(page)
  await dialog.getByRole('checkbox').check()
  await dialog.getByRole('button', { name: 'Remove environment' }).click()
  await expect(dialog).toHaveCount(0, { timeout: 30_000 })
  await expect(page.getByText('There are no environments yet')).toBeVisible()
  expect(programsIn(join(folder, 'host'))).toHaveLength(2)
  const { entries } = await api.audit.list({ operation: 'environments.remove' })
  expect(entries.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed'])
})
