import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { _electron, test as base, expect, type Page } from '@playwright/test'
import { type Application, startApplication, temporaryData } from './application.ts'

const root = join(import.meta.dirname, '..', '..')

type Fixtures = {
  /** The application with an empty data folder. */
  readonly application: Application
  /** A page of it: a browser's on the server host, the window in the Electron project. */
  readonly window: Page
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know the fixture's dependencies
  application: async ({}, use) => {
    await using application = await startApplication()
    await use(application)
  },
  window: async ({ page, application }, use, info) => {
    if (info.project.name === 'electron') {
      const electron = await _electron.launch({ args: [root, '--data', temporaryData()] })
      await use(await electron.firstWindow())
      await electron.close()
      return
    }
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`)
    })
    await page.goto(await application.link())
    await page.waitForURL((url) => !url.searchParams.has('token'))
    await use(page)
    expect(errors, 'the page reported errors').toEqual([])
  },
})

export { expect, type Page } from '@playwright/test'

/** Opens a screen from the rail. */
export const go = (page: Page, screen: string | RegExp): Promise<void> =>
  page.getByRole('navigation', { name: 'Areas' }).getByRole('link', { name: screen }).click()

/** Fails when the present screen has a serious or critical accessibility violation, in either theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await setTheme(page, theme)
    // Without frames of other origins, none of which there is, axe needs no page of its own: three times as fast.
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode()
      .options({ resultTypes: ['violations'] })
      .analyze()
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(
      serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`),
      `accessibility in the ${theme} theme`,
    ).toEqual([])
  }
}

export async function setTheme(page: Page, theme: 'dark' | 'light'): Promise<void> {
  await page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme)
}

/** Keeps a picture for the README, when pictures are asked for. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.E2E_PICTURES) return
  await setTheme(page, 'dark')
  await page.screenshot({ path: join(root, 'resources', 'screenshots', `${name}.png`), animations: 'disabled' })
}
