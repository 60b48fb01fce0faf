import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { defineConfig } from '@playwright/test'

const root = join(import.meta.dirname, '..')
const chromium = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path))
const electron = existsSync(join(root, 'node_modules', 'electron', 'path.txt'))

/** Chromium of the distribution; the flags keep it from calling home, and let it run as root in a container. */
const launchOptions = {
  ...(chromium ? { executablePath: chromium } : {}),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  /** Specs whose real servers are not on this machine; npm test prints which and why. */
  testIgnore: (process.env.E2E_LEFT_OUT ?? '')
    .split(':')
    .filter(Boolean)
    .map((file) => `**/${basename(file)}`),
  outputDir: join(root, 'test-results'),
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: process.env.E2E_REPORT ? [['line'], ['json', { outputFile: process.env.E2E_REPORT }]] : 'line',
  use: {
    viewport: { width: 1280, height: 800 },
    launchOptions,
    trace: { mode: 'retain-on-failure', screenshots: false },
    permissions: ['notifications', 'clipboard-read', 'clipboard-write'],
  },
  projects: [{ name: 'server' }, ...(electron ? [{ name: 'electron' }] : [])],
})
