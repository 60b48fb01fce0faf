import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { type Application, nodeBinary, startApplication, temporaryData } from '../app/application.ts'
import { expect, expectAccessible, go, type Page, picture, test } from '../app/fixtures.ts'
import { startWebhook } from '../app/peers/webhook.ts'

const run = promisify(execFile)
const verifier = join(import.meta.dirname, '..', '..', 'resources', 'tooling', 'framework0-verify.mjs')
const passphrase = 'correct horse battery staple'

/** Things that were done: a view saved twice and removed, preferences changed twice, and a failure. */
async function doSomething({ api }: Application): Promise<void> {
  const { id } = await api.operations.saveView({
    screen: 'alerts',
    name: 'Payments',
    search: { matchers: 'service=~"pay.*"' },
  })
  await api.operations.saveView({ screen: 'alerts', name: 'Payments', search: { matchers: 'service="pay"' } })
  await api.operations.removeView({ id })
  await api.operations.setPreferences({ quietHours: { from: '22:00', to: '06:00' } })
  await api.operations.setPreferences({ quietHours: { from: '23:30', to: '06:00' } })
  await api.operations.removeView({ id }).catch(() => {})
}

async function open(page: Page, application: Application): Promise<void> {
  await page.goto(await application.link())
  await page.waitForURL((url) => !url.searchParams.has('token'))
  await expect(page.getByRole('navigation', { name: 'Areas' })).toBeVisible()
}

const integrity = (page: Page) => page.getByRole('status', { name: 'Integrity' })
const log = (page: Page) => page.getByRole('grid', { name: 'Audit log' })
const detail = (page: Page) => page.getByRole('region', { name: 'Entry' })

/** What somebody does who has the file and a SQLite shell. */
function tamper(data: string, work: (database: Database.Database) => void): void {
  const database = new Database(join(data, 'workspace.db'))
  database.pragma('foreign_keys = off')
  work(database)
  database.close()
}

test.describe('with a data folder that outlives the application', () => {
  let data: string
  test.beforeEach(() => {
    data = temporaryData()
  })
  test.afterEach(() => rmSync(data, { recursive: true, force: true }))

  test('by keyboard alone an auditor finds an entry, sees what changed, verifies, and sees red after somebody edited the file', async ({
    page,
  }) => {
    const before = await startApplication({ data })
    await before.api.access.createVault({ passphrase })
    await doSomething(before)
    await open(page, before)
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('g', 'u')
    await expect(log(page).getByText('operations.setPreferences')).toHaveCount(2)
    await expect(integrity(page)).toContainText('Not verified')

    await press('/')
    await page.keyboard.type('23:30')
    await expect(log(page).getByText('operations.setPreferences')).toHaveCount(1)
    await expect(log(page).getByText('operations.saveView')).toHaveCount(0)
    await expect(page).toHaveURL(/text=/)
    // The reading of these words is an entry with these words itself, so the one looked for is the last.
    await press('Enter', 'End', 'Enter')
    await expect(detail(page).getByText('quietHours.from')).toBeVisible()
    await expect(detail(page).getByText('22:00')).toBeVisible()
    await expect(detail(page).getByText('23:30')).toBeVisible()
    await expect(detail(page).getByText('Checked here: it holds')).toBeVisible()

    await press('v')
    await expect(integrity(page)).toContainText(/Verified to checkpoint \d+, root [0-9a-f]{12}, key [0-9a-f]{8}/)
    await before.stop()

    tamper(data, (database) =>
      database.exec(`update audit_entry set leaf = replace(leaf, '23:30', '21:30') where leaf like '%23:30%'`),
    )
    await using after = await startApplication({ data })
    await open(page, after)
    await press('g', 'u')
    await expect(integrity(page)).toContainText('Not verified')
    await press('v')
    await expect(integrity(page)).toContainText('Broken')
    const problems = page.getByRole('region', { name: 'What is wrong with the log' })
    await expect(problems).toContainText('EditEntry 6 was changed after it was written.')
    await expectAccessible(page)

    await problems
      .getByRole('link', { name: /Show entry/ })
      .first()
      .focus()
    await press('Enter')
    await expect(detail(page).getByText('21:30')).toBeVisible()
    await expect(detail(page).getByText('Checked here: it fails')).toBeVisible()
    await expect(detail(page).getByText('it was changed after it was written')).toBeVisible()
    await picture(page, 'audit-broken')
  })

  const tampering: readonly (readonly [name: string, work: (database: Database.Database) => void])[] = [
    ['Gap', (database) => database.exec('delete from audit_entry where sequence = 4')],
    [
      'Reorder',
      (database) =>
        database.exec(`
          update audit_entry set sequence = -3 where sequence = 3;
          update audit_entry set sequence = 3 where sequence = 5;
          update audit_entry set sequence = 5 where sequence = -3`),
    ],
    ['Truncation', (database) => database.exec('delete from audit_entry where sequence > 3')],
  ]

  test('an entry dropped, two swapped and a tail cut off are each called by their name', async ({ page }) => {
    const intact = await startApplication({ data })
    await intact.api.access.createVault({ passphrase })
    await doSomething(intact)
    for await (const _ of intact.api.audit.verify({}));
    await intact.stop()
    for (const [name, work] of tampering) {
      const copy = temporaryData()
      cpSync(data, copy, { recursive: true })
      tamper(copy, work)
      {
        await using application = await startApplication({ data: copy })
        // Verified before a page reads the log: reading is itself logged, and what is written after a cut makes it a gap.
        for await (const _ of application.api.audit.verify({}));
        await open(page, application)
        await go(page, 'Audit')
        await expect(integrity(page)).toContainText('Broken')
        await expect(
          page.getByRole('region', { name: 'What is wrong with the log' }).getByText(name, { exact: true }).first(),
          name,
        ).toBeVisible()
      }
      rmSync(copy, { recursive: true, force: true })
    }
  })

  test('a copy of yesterday put in the place of today is caught', async ({ page }) => {
    const first = await startApplication({ data })
    await first.api.access.createVault({ passphrase })
    await first.api.operations.setPreferences({ notifications: false })
    for await (const _ of first.api.audit.verify({}));
    await first.stop()
    const yesterday = temporaryData()
    cpSync(join(data, 'workspace.db'), join(yesterday, 'workspace.db'))
    const second = await startApplication({ data })
    await second.api.access.unlockVault({ passphrase })
    await doSomething(second)
    for await (const _ of second.api.audit.verify({}));
    await second.stop()
    cpSync(join(yesterday, 'workspace.db'), join(data, 'workspace.db'))
    rmSync(yesterday, { recursive: true, force: true })

    await using restored = await startApplication({ data })
    await open(page, restored)
    await go(page, 'Audit')
    await page.getByRole('button', { name: 'Verify' }).click()
    await expect(page.getByRole('region', { name: 'What is wrong with the log' })).toContainText(/Truncation|Fork/)
  })
})

test('an auditor narrows the log, replays a session, keeps the question, and proves an entry and a checkpoint', async ({
  window,
  application,
}) => {
  await application.api.access.createVault({ passphrase })
  await doSomething(application)
  await go(window, 'Audit')
  await expect(log(window).getByText('operations.saveView')).toHaveCount(2)
  await expect(log(window).getByText('failed')).toHaveCount(1)
  await window.getByRole('button', { name: 'Verify' }).click()
  await expect(integrity(window)).toContainText('Verified')
  await log(window).getByText('operations.setPreferences').first().click()
  await window.keyboard.press('Enter')
  await expect(detail(window).getByText('Checked here: it holds')).toBeVisible()
  await expect(detail(window).getByText('What is shown above is what the content says.')).toBeVisible()
  await picture(window, 'audit')
  await expectAccessible(window)

  await detail(window).getByRole('button', { name: 'Replay…' }).click()
  const replay = window.getByRole('dialog', { name: 'What this session did' })
  await expect(replay.getByRole('row')).toHaveCount(8)
  await expectAccessible(window)
  await window.keyboard.press('Escape')

  await detail(window).getByRole('button', { name: 'target=preferences' }).click()
  await expect(log(window).getByText('operations.saveView')).toHaveCount(0)
  await expect(window).toHaveURL(/target=preferences/)
  await window.keyboard.press('s')
  await window.getByLabel('Name').fill('Preferences')
  await window.keyboard.press('Enter')
  await expect(window.getByRole('dialog')).toHaveCount(0)
  await window.getByRole('button', { name: 'Clear', exact: true }).click()
  await window.getByRole('button', { name: 'Questions' }).click()
  await window.getByRole('button', { name: 'Preferences', exact: true }).click()
  await expect(window).toHaveURL(/target=preferences/)

  await window.getByRole('button', { name: 'Verify' }).click()
  await expect(integrity(window)).toContainText('Verified')
  await window.getByRole('button', { name: 'Checkpoints…' }).click()
  const checkpoints = window.getByRole('dialog', { name: 'Signed checkpoints' })
  await expect(checkpoints.getByText('unchanged and in the same order')).toBeVisible()
  await expect(checkpoints.getByText('Checked here: it holds')).toBeVisible()
  await expectAccessible(window)
})

test('the log grows on the screen while things are done, and stands still while paused', async ({
  window,
  application,
}) => {
  await application.api.operations.setPreferences({ notifications: false })
  await go(window, 'Audit')
  await expect(log(window).getByText('operations.setPreferences')).toHaveCount(1)
  await application.api.operations.setPreferences({ notifications: true })
  await expect(log(window).getByText('operations.setPreferences')).toHaveCount(2)

  await window.keyboard.press('t')
  await window.keyboard.press('p')
  await expect(window.getByText(/entr(y|ies), paused/)).toBeVisible()
  await application.api.operations.setPreferences({ notifications: false })
  const seen = await application.api.audit.list({ operation: 'operations.setPreferences' })
  expect(seen.total).toBe(3)
  await window.keyboard.press('r')
  await window.keyboard.press('r')
  await expect(log(window).getByText('operations.setPreferences')).toHaveCount(2)
  await window.keyboard.press('t')
  await window.keyboard.press('p')
  await expect(log(window).getByText('operations.setPreferences')).toHaveCount(3)
})

test('what came after the verified checkpoint is amber, and nothing is green that nothing signed', async ({
  window,
  application,
}) => {
  await application.api.operations.setPreferences({ notifications: false })
  await go(window, 'Audit')
  await window.getByRole('button', { name: 'Verify' }).click()
  await expect(integrity(window)).toContainText('Not verified to a checkpoint: every entry holds')

  await application.api.access.createVault({ passphrase })
  await window.getByRole('button', { name: 'Verify' }).click()
  await expect(integrity(window)).toContainText(/^Verified to checkpoint/)
  await expect(window.getByRole('contentinfo')).toContainText('Audit verified to')
  await application.api.operations.setPreferences({ notifications: true })
  await expect(integrity(window)).toContainText('1 entry since the verified checkpoint')
  await expect(window.getByRole('contentinfo')).toContainText('1 since verified')
})

test('content is kept for a while, held, and a person is forgotten while every proof still verifies', async ({
  window,
  application,
}) => {
  await application.api.access.createVault({ passphrase })
  await doSomething(application)
  await go(window, 'Audit')
  await expect(log(window)).toBeVisible()
  await window.keyboard.press('3')
  await expect(window.getByText('Now: for ever.')).toBeVisible()
  await expectAccessible(window)
  await window.getByRole('radio', { name: 'For some days' }).click()
  await window.getByLabel('Days').fill('7')
  await expect(window.getByText('Content is kept for at least 30 days.')).toBeVisible()
  await window.getByLabel('Days').fill('400')
  await window.getByRole('button', { name: 'Change retention' }).click()
  await expect(window.getByText('No entry is that old yet.')).toBeVisible()
  await expectAccessible(window)
  await window.getByRole('button', { name: 'Keep less' }).click()
  await expect(window.getByText('Now: for 400 days.')).toBeVisible()

  await window.keyboard.press('h')
  const hold = window.getByRole('dialog', { name: 'Place a legal hold' })
  await hold.getByRole('button', { name: 'Place the hold' }).click()
  await expect(hold.getByText('Name it.')).toBeVisible()
  await hold.getByLabel('Name').fill('Case 4711')
  await hold.getByLabel('Reason').fill('Asked for by counsel.')
  await hold.getByLabel('Operation').selectOption('operations.setPreferences')
  await expect(hold.getByText('Keeps 2 entries now')).toBeVisible()
  await expectAccessible(window)
  await hold.getByRole('button', { name: 'Place the hold' }).click()
  const holds = window.getByRole('list', { name: 'Legal holds' })
  await expect(holds).toContainText('Case 4711 in force')
  await picture(window, 'audit-retention')
  await holds.getByRole('button', { name: 'Release the hold Case 4711…' }).click()
  await window.getByRole('alertdialog').getByLabel('Reason').fill('Settled.')
  await window.getByRole('button', { name: 'Release the hold', exact: true }).click()
  await expect(holds).toContainText('Case 4711 released')

  const { actors } = await application.api.audit.facets({})
  const name = actors.find(({ subject }) => subject !== 'application')?.name ?? ''
  const people = window.getByRole('grid', { name: 'People in the log' })
  await people.getByRole('button', { name: `Erase ${name}…` }).click()
  const erase = window.getByRole('alertdialog')
  await expect(erase).toContainText('Destroyed, for good')
  await expect(erase).toContainText('Stays')
  await expectAccessible(window)
  const confirm = erase.getByRole('button', { name: 'Erase this person' })
  await erase.getByLabel('Reason').fill('Asked for under article 17.')
  await expect(confirm).toBeDisabled()
  await erase.getByLabel(/^Type/).fill(name)
  await confirm.click()
  await expect(erase).toHaveCount(0)
  await window.keyboard.press('1')
  await expect(
    log(window)
      .getByText(/^erased/)
      .first(),
  ).toBeVisible()
  await window.keyboard.press('v')
  await expect(integrity(window)).toContainText('Verified')
})

test('entries are forwarded to a webhook and checkpoints anchored in a folder, with their progress, failures and secrets kept', async ({
  window,
  application,
}) => {
  await using webhook = await startWebhook({ signingSecret: 'a secret to sign with' })
  const folder = temporaryData()
  await application.api.access.createVault({ passphrase })
  await doSomething(application)
  await go(window, 'Audit')
  await expect(log(window)).toBeVisible()
  await window.keyboard.press('2')
  await expect(window.getByText('The log stays on this machine')).toBeVisible()
  await expectAccessible(window)
  await window.keyboard.press('n')
  await window.getByRole('menuitem', { name: 'Webhook' }).click()
  const place = window.getByRole('region', { name: 'Place' })
  await place.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(place.getByText('Name it.')).toBeVisible()
  await expectAccessible(window)
  await place.getByLabel('Name').fill('SIEM')
  await place.getByLabel('Address').fill(webhook.url)
  await place.getByLabel('Signing secret').fill('a secret to sign with')
  await place.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(place.getByText('in the vault, never shown')).toBeVisible()
  await expect.poll(() => webhook.events.length).toBeGreaterThan(6)
  expect(webhook.complaints).toEqual([])
  await expect(place.getByText('up to date')).toBeVisible()

  await place.getByRole('button', { name: 'Edit' }).click()
  await expect(place.getByLabel('Signing secret')).toHaveValue('')
  await expect(place.getByLabel('Signing secret')).toHaveAttribute('placeholder', /kept in the vault/)
  await place.getByRole('button', { name: 'Cancel' }).click()
  webhook.become({ kind: 'status', status: 503 })
  await application.api.operations.setPreferences({ notifications: false })
  await expect(place.getByText('failing')).toBeVisible()
  await expect(place.getByRole('alert')).toContainText('The last attempt failed.')
  await expectAccessible(window)
  webhook.become({ kind: 'take' })

  await window.keyboard.press('Escape')
  await window.getByRole('button', { name: 'Add…' }).click()
  await window.getByRole('menuitem', { name: 'Folder' }).click()
  await place.getByLabel('Name').fill('Write-once share')
  await place.getByRole('textbox', { name: /^Folder/ }).fill(folder)
  await window.keyboard.press('Control+s')
  await window.getByRole('button', { name: 'Verify' }).click()
  await expect.poll(() => readdirSync(folder).length).toBeGreaterThan(0)
  await expect(place.getByText('up to date')).toBeVisible()
  await picture(window, 'audit-delivery')

  const places = window.getByRole('grid', { name: 'Forwarders and anchors' })
  await expect(places.getByText('SIEM', { exact: true })).toBeVisible()
  // It is tried again by itself, and nothing was lost meanwhile.
  await expect(places.getByText('up to date')).toHaveCount(2, { timeout: 45_000 })
  expect(webhook.complaints).toEqual([])
  await place.getByRole('button', { name: 'Remove' }).click()
  await expect(window.getByRole('alertdialog')).toContainText('Write-once share')
  await window.getByRole('button', { name: 'Remove anchor' }).click()
  await expect(places.getByText('Write-once share')).toHaveCount(0)
  rmSync(folder, { recursive: true, force: true })
})

test('what is shown is exported in the format an auditor asks for, and its hash was recomputed here', async ({
  window,
  application,
}) => {
  await application.api.access.createVault({ passphrase })
  await doSomething(application)
  await go(window, 'Audit')
  await window.getByLabel('Operation or capability').selectOption('operations.setPreferences')
  await expect(log(window).getByText('operations.saveView')).toHaveCount(0)
  await window.keyboard.press('Escape')
  await window.getByRole('button', { name: 'Export…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Export the audit log' })
  await expect(dialog).toContainText('2 entries: operations.setPreferences')
  await expect(dialog).toContainText('npx framework0-verify package.zip')
  await expectAccessible(window)
  await picture(window, 'audit-export')
  await dialog.getByRole('radio', { name: /^CSV/ }).check()
  const downloading = window.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export 2 entries' }).click()
  const file = await (await downloading).path()
  const text = readFileSync(file, 'utf8')
  expect(text.trim().split('\r\n')).toHaveLength(3)
  await expect(dialog).toContainText(createHash('sha256').update(readFileSync(file)).digest('hex'))
  await expect(dialog).toContainText('recomputed here over the bytes that arrived')
  await expectAccessible(window)

  await dialog.getByRole('radio', { name: /^JSON Lines/ }).check()
  const second = window.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export 2 entries' }).click()
  await window.keyboard.press('Escape')
  await go(window, 'Preferences')
  await expect(window.getByRole('heading', { name: 'Preferences', level: 1 })).toBeAttached()
  const lines = readFileSync(await (await second).path(), 'utf8')
    .trim()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line).operation)).toEqual([
    'operations.setPreferences',
    'operations.setPreferences',
  ])

  await go(window, 'Audit')
  await expect(log(window)).toBeVisible()
  await window.keyboard.press('e')
  const third = window.waitForEvent('download')
  await dialog.getByRole('button', { name: /^Export \d+ entries/ }).click()
  const download = await third
  expect(download.suggestedFilename()).toMatch(/^audit-.*\.zip$/)
  const evidence = await download.path()
  const { stdout } = await run(nodeBinary, [verifier, evidence])
  expect(stdout).toMatch(/^VERIFIED$/m)
  await expect(dialog).toContainText('npx framework0-verify audit-')
  await picture(window, 'audit-exported')
  await window.keyboard.press('Escape')

  await window.getByRole('button', { name: 'Show', exact: true }).last().click()
  const runs = window.getByRole('list', { name: 'Exports' })
  await expect(runs.getByRole('listitem')).toHaveCount(3)
  await expectAccessible(window)
})

test('who may not read the log is told so once, and nothing is asked in their name', async ({ page }) => {
  await using application = await startApplication({ args: ['--read-only'] })
  await open(page, application)
  await go(page, 'Audit')
  await expect(page.getByText('You may not read the audit log')).toBeVisible()
  await expect(page.getByText('The role viewer may not call audit.list.')).toBeVisible()
  await expect(page.getByRole('contentinfo')).not.toContainText('Audit')
  await expectAccessible(page)
})
