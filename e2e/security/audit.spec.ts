import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Application } from '../app/application.ts'
import { expect, expectAccessible, go, picture, test } from '../app/fixtures.ts'

async function doSomething({ api }: Application): Promise<void> {
  const { id } = await api.operations.saveView({
    screen: 'alerts',
    name: 'Payments',
    search: { matchers: 'service=~"pay.*"' },
  })
  await api.operations.saveView({ screen: 'alerts', name: 'Payments', search: { matchers: 'service="pay"' } })
  await api.operations.removeView({ id })
  await api.operations.setPreferences({ quietHours: { from: '22:00', to: '06:00' } })
  await api.operations.removeView({ id }).catch(() => {})
}

test('an auditor finds who did what, sees before and after, and verifies the chain', async ({
  window,
  application,
}) => {
  await doSomething(application)
  await go(window, 'Audit')
  const grid = window.getByRole('grid', { name: 'Audit log' })
  await expect(grid.getByText('operations.saveView')).toHaveCount(2)
  await expect(grid.getByText('failed')).toHaveCount(1)
  await expectAccessible(window)

  await grid.getByText('operations.setPreferences').click()
  await window.keyboard.press('Enter')
  await expect(window.getByText('22:00')).toBeVisible()

  await window.getByRole('button', { name: 'Verify' }).click()
  await expect(window.getByText(/intact/i).first()).toBeVisible()
  await picture(window, 'audit')

  await window
    .getByRole('searchbox', { name: 'Search the audit log' })
    .or(window.getByLabel('Search the audit log'))
    .first()
    .fill('payments')
  await expect(grid.getByText('operations.setPreferences')).toHaveCount(0)
  await expect(window).toHaveURL(/payments/)
  await expectAccessible(window)
})

test('an entry edited in the database is named', async ({ window, application }) => {
  await doSomething(application)
  const database = new Database(join(application.data, 'workspace.db'))
  database.prepare("update audit_entry set actor = 'somebody else' where sequence = 2").run()
  database.close()
  await go(window, 'Audit')
  await window.getByRole('button', { name: 'Verify' }).click()
  await expect(window.getByText('Entry 2 was changed after it was written.')).toBeVisible()
})

test('the log grows on the screen while things are done', async ({ window, application }) => {
  await go(window, 'Audit')
  await expect(window.getByText('Nothing has been done yet')).toBeVisible()
  await application.api.operations.setPreferences({ notifications: false })
  await expect(window.getByRole('grid', { name: 'Audit log' }).getByText('operations.setPreferences')).toBeVisible()
})
