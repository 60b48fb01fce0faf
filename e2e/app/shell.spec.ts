import { startApplication, temporaryData } from './application.ts'
import { expect, expectAccessible, go, test } from './fixtures.ts'
import { endAgent } from './peers/subject.ts'

test('everything is reachable from the keyboard: palette, help, regions, navigation', async ({ window }) => {
  await expect(window.getByRole('navigation').first()).toBeVisible()
  await window.keyboard.press('Control+k')
  const palette = window.getByRole('dialog')
  await expect(palette).toBeVisible()
  await expectAccessible(window)
  await window.keyboard.type('go to connections')
  await window.keyboard.press('Enter')
  await expect(window).toHaveURL(/\/connections/)

  await window.keyboard.press('?')
  await expect(window.getByRole('dialog')).toContainText('Open the command palette')
  await expectAccessible(window)
  await window.keyboard.press('Escape')
  await expect(window.getByRole('dialog')).toHaveCount(0)

  await window.keyboard.press('g')
  await window.keyboard.press('u')
  await expect(window).toHaveURL(/\/audit/)

  const regions = new Set<string>()
  for (let n = 0; n < 8; n++) {
    await window.keyboard.press('F6')
    regions.add(
      await window.evaluate(() => document.activeElement?.closest('[data-region]')?.getAttribute('data-region') ?? ''),
    )
  }
  expect(regions.size).toBeGreaterThanOrEqual(3)
})

test('an address that leads nowhere says so and leads back', async ({ window }) => {
  await window.goto(`${new URL(window.url()).origin}/no/such/screen`)
  await expect(window.getByText(/no screen|nothing here|not found|leads nowhere/i).first()).toBeVisible()
  await expectAccessible(window)
})

test('a page that loses the application keeps what it shows, says so, and comes back by itself', async ({ page }) => {
  const first = await startApplication({ args: ['--port', '0'] })
  const link = await first.link()
  const { port } = new URL(link)
  await page.goto(link)
  await page.waitForURL((url) => !url.searchParams.has('token'))
  await go(page, 'Connections')
  await expect(page.getByText('Nothing is connected yet')).toBeVisible()
  await first.stop('SIGKILL')
  await expect(page.getByText('The application does not answer')).toBeVisible()
  await expect(page.getByText('Nothing is connected yet')).toBeVisible()
  expect(port).toBeTruthy()
})

test('a page whose sign-in is over says so, is not live, and goes on when the link is opened', async ({ page }) => {
  const data = temporaryData()
  const first = await startApplication({ data, args: ['--port', '0'] })
  const link = await first.link()
  const { port } = new URL(link)
  await page.goto(link)
  await page.waitForURL((url) => !url.searchParams.has('token'))
  const live = page.getByRole('button', { name: 'Live. Pause', exact: true })
  await expect(live).toBeVisible()
  // The screen itself has come, too: a page that lacks a part of it when the application goes is loaded anew.
  await expect(page.getByText('All clear: nothing fires')).toBeVisible()
  await first.stop()
  await expect(page.getByText('The application does not answer')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Not live. Pause' })).toBeVisible()
  await using again = await startApplication({ data, args: ['--port', port] })
  await expect(page.getByText("This page's sign-in is over. Open the link")).toBeVisible({ timeout: 15_000 })
  await expect(live).toHaveCount(0)
  await expectAccessible(page)
  const other = await page.context().newPage()
  await other.goto(await again.link())
  await expect(live).toBeVisible({ timeout: 15_000 })
  await expect(page.getByText("This page's sign-in is over")).toHaveCount(0)
  endAgent(data)
})

test('a read-only session shows what it may not do, greyed, with the reason', async ({ page }) => {
  await using application = await startApplication({ args: ['--read-only'] })
  await page.goto(await application.link())
  await page.waitForURL((url) => !url.searchParams.has('token'))
  await go(page, 'Connections')
  const add = page.getByRole('button', { name: 'New connection' })
  await expect(add).toHaveAttribute('aria-disabled', 'true')
  await add.hover()
  await expect(page.getByRole('tooltip')).toContainText('viewer')
  await expect(application.api.operations.setPreferences({ notifications: false })).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a page of another site cannot talk to the application', async ({ page, application }) => {
  await page.goto(await application.link())
  await page.waitForURL((url) => !url.searchParams.has('token'))
  const { port } = new URL(page.url())
  const refused = await page.request.get(`http://127.0.0.1:${port}/`, { headers: { host: 'evil.example' } })
  expect(refused.status()).toBe(421)
  const { violations, framed } = await page.evaluate(async () => {
    const seen: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.violatedDirective))
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    document.head.append(script)
    await new Promise((resolve) => setTimeout(resolve, 100))
    return { violations: seen, framed: 'injected' in window }
  })
  expect(framed).toBe(false)
  expect(violations.length).toBeGreaterThan(0)
})
