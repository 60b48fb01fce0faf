import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator } from '@playwright/test'
import { dataFolder } from '#main/app/data-folder.ts'
import { migrations } from '#main/app/migrations.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { createJobs, type JobContext, type Jobs } from '#main/kernel/jobs/jobs.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { AppError } from '#preload/contract/error.ts'
import { startApplication, temporaryData } from '../app/application.ts'
import { expect, expectAccessible, go, type Page, picture, test } from '../app/fixtures.ts'

const list = (window: Page) => window.getByRole('grid', { name: 'Jobs of the workspace' })
const rowOf = (window: Page, title: string) => list(window).getByRole('row').filter({ hasText: title })
const detail = (window: Page) => window.getByRole('region', { name: 'Job', exact: true })
const lineOf = (window: Page, key: string) =>
  detail(window).getByRole('list', { name: 'Timeline' }).getByRole('button').filter({ hasText: key })

const holdsFocus = (place: Locator): Promise<boolean> =>
  place.evaluate((element) => element.contains(document.activeElement))

/** Presses a key until the focus is there. */
async function press(window: Page, key: string, place: Locator): Promise<void> {
  for (let pressed = 0; pressed < 30; pressed++) {
    if (await holdsFocus(place)) return
    await window.keyboard.press(key)
  }
  throw new Error(`The focus did not come there by ${key}.`)
}

test('a backup run by hand is followed step by step, and begun again at one of them', async ({
  window,
  application,
}) => {
  await go(window, 'Jobs')
  await rowOf(window, 'Back up the workspace').click()
  await expect(detail(window)).toContainText('No step is recorded yet.')
  await expect(detail(window).getByRole('button', { name: /Cancel the job/ })).toHaveAttribute('aria-disabled', 'true')
  await detail(window).getByRole('button', { name: 'Run now' }).click()
  await expect(lineOf(window, 'prune')).toContainText('succeeded')
  await expect(detail(window).getByRole('list', { name: 'Timeline' }).getByRole('listitem')).toHaveCount(3)
  await lineOf(window, 'copy').click()
  await expect(detail(window)).toContainText(`"target": "${application.data}`)
  await expectAccessible(window)

  const [backup] = (await application.api.operations.jobs({})).filter(({ kind }) => kind === 'backup')
  const before = await application.api.operations.job({ id: backup?.id ?? '' })
  await detail(window).getByRole('button', { name: 'Retry from here' }).click()
  await expect(window.getByRole('alertdialog')).toContainText(
    '2 entries of the timeline are forgotten, and done again.',
  )
  await expectAccessible(window)
  await window.getByRole('alertdialog').getByRole('button', { name: 'Retry from here' }).click()
  await expect
    .poll(async () => (await application.api.operations.job({ id: backup?.id ?? '' })).timeline.map(({ key }) => key))
    .toEqual(['name', 'copy', 'prune'])
  const after = await application.api.operations.job({ id: backup?.id ?? '' })
  expect(after.timeline[0]).toEqual(before.timeline[0])
  expect(Date.parse(after.timeline[1]?.beganAt ?? '')).toBeGreaterThan(Date.parse(before.timeline[1]?.endedAt ?? ''))
  const { entries } = await application.api.audit.list({ limit: 20 })
  expect(entries.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(['operations.runJob', 'operations.retryJob']),
  )
})

test('a job is found, opened, looked into and closed by the keyboard alone', async ({ window }) => {
  await expect(window.getByRole('navigation', { name: 'Areas' })).toBeVisible()
  await window.keyboard.press('g')
  await window.keyboard.press('j')
  await expect(rowOf(window, 'Back up the workspace')).toBeVisible()
  await window.keyboard.press('/')
  await window.keyboard.type('back up')
  await expect(rowOf(window, 'Forget what is older')).toHaveCount(0)
  await press(window, 'F6', list(window))
  await window.keyboard.press('Enter')
  await expect(detail(window)).toContainText('No step is recorded yet.')
  await window.keyboard.press('r')
  await expect(lineOf(window, 'prune')).toContainText('succeeded')
  await press(window, 'F6', detail(window))
  await press(window, 'Tab', lineOf(window, 'name'))
  await window.keyboard.press('Enter')
  await expect(lineOf(window, 'name')).toHaveAttribute('aria-expanded', 'true')
  await press(window, 'Tab', detail(window).getByRole('button', { name: 'Retry from here' }))
  await window.keyboard.press('Enter')
  await expect(window.getByRole('alertdialog')).toContainText('3 entries of the timeline are forgotten')
  await window.keyboard.press('Escape')
  await window.keyboard.press('?')
  await expect(window.getByRole('dialog')).toContainText('Cancel the job')
  await window.keyboard.press('Escape')
  await expect(window.getByRole('dialog')).toBeHidden()
  await window.keyboard.press('Escape')
  await expect(detail(window)).toHaveCount(0)
  await expect.poll(() => holdsFocus(list(window))).toBe(true)
})

const ms = 350

/** Work of a kind that the application does not know, so that only what is in the journal can be shown. */
async function rollOut(job: JobContext): Promise<void> {
  const plan = { image: 'registry.example/checkout:1.4.2', token: 'hunter2' }
  const undo = async () => void (await sleep(ms))
  await job.step('render manifests', plan, () => sleep(ms, { files: 7, note: '<img src=x onerror="alert(1)">' }))
  await job.step('apply to staging', plan, () => sleep(2 * ms, { applied: 7 }), { compensate: undo })
  await job.log('info', 'Staging is out; soaking.')
  await job.sleep('soak', 3 * ms)
  await job.step('apply to production', plan, () => sleep(2 * ms, { applied: 7 }), { compensate: undo })
  await job.log('warning', 'One pod took long to be ready. \u001b[31mSlow\u001b[0m')
}

const ask = {
  title: 'Go on to 100 %?',
  text: 'Half of production runs 1.4.2; errors are at 0.2 %.',
  choices: [
    { value: 'go', label: 'Go on' },
    { value: 'stop', label: 'Stop and undo' },
  ],
} as const

function defineRollouts(jobs: Jobs): void {
  const common = { attempts: 1 }
  jobs.define({
    ...{ ...common, kind: 'rollout', title: 'Roll out checkout 1.4.2' },
    async run(job) {
      await rollOut(job)
      await job.ask('approve', ask)
    },
  })
  jobs.define({
    ...{ ...common, kind: 'failing rollout', title: 'Roll out checkout 1.4.1' },
    async run(job) {
      await rollOut(job)
      await job.step('measure', { query: 'errors' }, () => {
        throw new AppError('refused', 'Errors rose to 4.1 %, more than the 1 % that are allowed.')
      })
    },
  })
}

/** Carries out both in a workspace that is then left to the application. @returns the data folder. */
async function seed(): Promise<string> {
  const data = temporaryData()
  const { workspace, close } = await openWorkspace(dataFolder(data).workspace, migrations)
  const jobs = createJobs({ workspace, clock: systemClock, log: silentLog })
  defineRollouts(jobs)
  const asking = await jobs.start('rollout', null)
  const failing = await jobs.start('failing rollout', null)
  await expect.poll(async () => (await jobs.detail(asking)).tasks.length).toBe(1)
  await expect.poll(async () => (await jobs.detail(failing)).state).toBe('failed')
  await jobs.close()
  await close()
  return data
}

test('what a job waits for, did, undid and said is shown without its secrets, and a person answers it', async ({
  page,
}) => {
  const data = await seed()
  await using application = await startApplication({ data })
  await page.goto(await application.link())
  await go(page, 'Jobs')
  await page.getByRole('radio', { name: 'Failed' }).click()
  await rowOf(page, 'Roll out checkout 1.4.1').click()
  await expect(detail(page)).toContainText('Errors rose to 4.1 %')
  await lineOf(page, 'apply to production').click()
  await expect(detail(page)).toContainText('"token": "[secret]"')
  await expect(detail(page)).toContainText('Undone')
  await expect(detail(page)).toContainText('Staging is out; soaking.')
  await lineOf(page, 'render manifests').click()
  await expect(detail(page)).toContainText('<img src=x onerror')
  expect(await page.locator('img[src="x"]').count()).toBe(0)
  await expect(detail(page)).not.toContainText('hunter2')
  await expectAccessible(page)
  await lineOf(page, 'render manifests').click()
  await picture(page, 'jobs')

  await page.getByRole('radio', { name: 'Waiting' }).click()
  await rowOf(page, 'Roll out checkout 1.4.2').click()
  const task = detail(page).getByRole('region', { name: 'Go on to 100 %?' })
  await expect(task).toContainText('Half of production runs 1.4.2')
  await expectAccessible(page)
  await task.getByLabel('Comment').fill('Errors are fine.')
  await task.getByRole('button', { name: 'Go on' }).click()
  await expect(task).toBeHidden()
  await lineOf(page, 'approve').click()
  await expect(detail(page)).toContainText('"comment": "Errors are fine."')
  const { entries } = await application.api.audit.list({ limit: 5 })
  expect(entries.map(({ operation }) => operation)).toContain('operations.answerJob')
})
