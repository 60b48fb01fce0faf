import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Application } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'
import { type GitServer, startGitServer } from '../app/peers/git-server.ts'
import { buildSubject, subjectService } from '../app/peers/subject.ts'

const environment = 'production'
const service = 'checkout'
const path = 'deploy/production.yaml'
const says = (version: string): string => `# What runs in production.\nversion: ${version}\n`
let folder: string
let server: GitServer

test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'framework0-git-source-'))
  server = await startGitServer()
  server.commit({ [path]: says('1.0.0') }, 'Run 1.0.0')
})
test.afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** A service of which 1.0.0 serves in production, and 1.1.0 and 1.2.0 could. */
async function serve({ api }: Application): Promise<void> {
  await api.access.createVault({ passphrase: 'correct horse battery' })
  await api.environments.create({
    ...{ name: environment, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
    ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
  })
  await api.rollouts.saveService({ ...subjectService(service, 1), revision: null })
  for (const version of ['1.0.0', '1.1.0', '1.2.0'])
    await api.rollouts.addRelease({ service, version, folder: buildSubject(folder, version), notes: '' })
  const analysis = { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 }
  const strategy = { kind: 'immutable' } as const
  const { id } = await api.rollouts.start({ environment, service, version: '1.0.0', strategy, analysis })
  await expect.poll(async () => (await api.rollouts.get({ id })).state).toBe('succeeded')
}

async function openService(page: Page): Promise<void> {
  await go(page, 'Services')
  await page.getByRole('grid', { name: 'Services' }).getByRole('gridcell', { name: service, exact: true }).click()
}

async function nameSource(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Name a source in Git' }).click()
  const dialog = page.getByRole('dialog', { name: `Name a source in Git for ${service}` })
  await dialog.getByLabel('Environment').selectOption(environment)
  await dialog.getByLabel('Repository').fill('ext::sh -c id')
  await dialog.getByLabel('File').fill(path)
  await dialog.getByLabel('Token optional').fill(server.token)
  await dialog.getByLabel('When Git says another version').selectOption('new')
  await expect(dialog.getByLabel('Strategy')).toHaveValue('canary')
  await dialog.getByLabel('When Git says another version').selectOption('no')
  await dialog.getByRole('button', { name: 'Save the source' }).click()
  await expect(dialog.getByText('The address holds blanks or control characters.')).toBeVisible()
  await expectAccessible(page)
  await dialog.getByLabel('Repository').fill(server.url)
  await dialog.getByRole('button', { name: 'Save the source' }).click()
  await expect(dialog).toBeHidden()
}

test('Git says which version runs, is offered first, and gets the revert of one that is brought back', async ({
  window: page,
  application,
}) => {
  await serve(application)
  await openService(page)
  await nameSource(page)
  await expect(page.getByText('In step: 1.0.0 runs')).toBeVisible()
  await expect(page.getByText(`version in ${path} on main of ${server.url}`)).toBeVisible()

  const commit = server.commit({ [path]: says('1.1.0') }, 'Run 1.1.0')
  await page.keyboard.press('f')
  await expect(page.getByText('Git says 1.1.0, 1.0.0 runs')).toBeVisible()
  await expect(page.getByText(commit.slice(0, 7))).toBeVisible()
  await expectAccessible(page)
  await picture(page, 'git-source')

  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog', { name: `Roll out ${service}` })
  await dialog.getByLabel('Strategy').selectOption('immutable')
  await expect(dialog.getByLabel('Version', { exact: true })).toHaveValue('1.1.0')
  await dialog.getByLabel('Version', { exact: true }).selectOption('1.2.0')
  await expect(dialog.getByText(`Git says 1.1.0 (${commit.slice(0, 7)}). Afterwards 1.2.0 runs`)).toBeVisible()
  await dialog.getByLabel('Version', { exact: true }).selectOption('1.1.0')
  await expect(dialog.getByText('Git says 1.1.0 (')).toBeHidden()
  await dialog.getByRole('button', { name: 'Start the rollout' }).click()
  await expect(page.getByText('1.1.0 gets all requests.').first()).toBeVisible()

  await openService(page)
  await expect(page.getByText('In step: 1.1.0 runs')).toBeVisible()
  await page.getByRole('button', { name: 'Back to 1.0.0' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Roll back' }).click()
  const told = page.getByText(/^Git says 1\.0\.0 again: \w{7} takes back \w{7}\. 1\.1\.0 is excluded\.$/)
  await expect(told.first()).toBeVisible()
  expect(server.subjects()).toEqual(['Revert "Run 1.1.0"', 'Run 1.1.0', 'Run 1.0.0'])
  expect(server.file(path)).toBe(says('1.0.0'))

  await openService(page)
  await expect(page.getByText('In step: 1.0.0 runs')).toBeVisible()
  await expect(page.getByText(/^Excluded by application: /)).toBeVisible()
})
