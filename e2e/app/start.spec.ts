import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from '@playwright/test'
import { temporaryData } from './application.ts'
import { freePort, startPeer } from './peers/peer.ts'

const root = join(import.meta.dirname, '..', '..')

type Started = {
  readonly child: ChildProcess
  readonly url: string
  readonly lines: readonly string[]
  readonly said: readonly string[]
}

/** Runs what `npm start` runs, until it prints the line that it serves. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const child = spawn(process.execPath, [join(root, 'resources', 'tooling', 'start.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', ...env },
  })
  const lines: string[] = []
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      if (line.startsWith('ready ')) resolve({ child, url: line.slice('ready '.length), lines, said })
    })
    child.once('exit', (code) => reject(new Error(`It ended with ${code}: ${said.join('\n')}`)))
  })
}

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })

/** Established TCP connections to a local port (/proc/net/tcp: state 01, hexadecimal ports). */
function establishedTo(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === '01').length
}

test.describe('npm start', () => {
  let data: string
  test.beforeEach(() => {
    data = temporaryData()
  })
  test.afterEach(() => rmSync(data, { recursive: true, force: true }))

  test('serves without a display and prints one line that says where', async () => {
    const { child, url, lines } = await start(['--server', '--no-open', '--port', '0', '--data', data])
    expect(lines).toHaveLength(1)
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect((await fetch(url)).status, 'the link works once').toBe(401)
    expect(existsSync(join(data, 'workspace.db'))).toBe(true)
    await stop(child)
  })

  test('gives a link to the running instance when started again with the same data folder', async () => {
    const first = await start(['--server', '--no-open', '--data', data])
    const second = await start(['--server', '--no-open', '--data', data])
    expect(new URL(second.url).port).toBe(new URL(first.url).port)
    expect((await fetch(second.url)).status).toBe(200)
    await stop(second.child)
    await stop(first.child)
  })

  test('runs side by side with another data folder', async () => {
    const other = temporaryData()
    const [first, second] = await Promise.all([
      start(['--server', '--no-open', '--data', data]),
      start(['--server', '--no-open'], { FRAMEWORK0_DATA: other }),
    ])
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port)
    expect(existsSync(join(other, 'workspace.db'))).toBe(true)
    await stop(first.child)
    await stop(second.child)
    rmSync(other, { recursive: true, force: true })
  })

  test('opens a real window where there is a display', async () => {
    const display = `:${90 + (process.pid % 100)}`
    const port = await freePort()
    await using xvfb = await startPeer({
      name: 'xvfb',
      command: 'Xvfb',
      args: [display, '-screen', '0', '1280x800x24', '-nolisten', 'tcp'],
      url: `http://127.0.0.1:${port}`,
      directory: temporaryData(),
      ready: async () => existsSync(`/tmp/.X11-unix/X${display.slice(1)}`),
    })
    expect(xvfb.pid).toBeGreaterThan(0)
    const { child, url, said } = await start(['--server', '--data', data], { DISPLAY: display })
    // The page in the window holds its bridge open: an established connection to the port, which nobody else makes.
    await expect.poll(async () => (await fetch(url, { method: 'HEAD' })).status, { timeout: 30_000 }).toBe(401)
    await expect.poll(() => establishedTo(Number(new URL(url).port)), { timeout: 30_000 }).toBeGreaterThan(0)
    expect(existsSync(join(data, 'browser')), 'the browser profile lives in the data folder').toBe(true)
    expect(said.join('\n')).toContain('Opening in the browser because the server host was asked for')
    await stop(child)
  })
})
