import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { socketPath } from '../instance.ts'
import { removeFolder, temporaryFolder } from '../trial.ts'

type Child = ChildProcessByStdio<null, Readable, Readable>
type Outcome = { readonly code: number | null; readonly out: string; readonly err: string }

const below = (file: string): string => join(import.meta.dirname, file)
const running = new Set<Child>()

function launch(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(process.execPath, [below(file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

const outcomeOf = (child: Child): Promise<Outcome> => {
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    text.err += chunk
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...text })))
}

/** Resolves with the first match in what a child prints. */
const printed = (child: Child, pattern: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
      const found = pattern.exec(text)
      if (found) resolve(found[1] ?? found[0])
    })
    child.once('close', (code) => reject(new Error(`It ended with ${code} after: ${text}`)))
  })

const run = (args: readonly string[], env?: NodeJS.ProcessEnv) => outcomeOf(launch('main.ts', args, env))
const ready = /ready (http\S+)/
const aSilence = {
  target: 'local',
  matchers: [{ name: 'a', value: 'b', isRegex: false, isEqual: true }],
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2999-01-01T00:00:00.000Z',
  comment: 'x',
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

describe('the command line beside a running application', () => {
  const folder = join(temporaryFolder('cli'), 'data')
  let server: Child
  let link: string
  beforeAll(async () => {
    server = launch('../server.ts', ['--data', folder], { FRAMEWORK0_CHECK_OUTPUTS: '1' })
    link = await printed(server, ready)
  })
  afterAll(() => removeFolder(join(folder, '..')))
  const beside = (...args: string[]) => run([...args, '--data', folder])

  it('uses a private socket that only its owner can open, in a folder of their own', () => {
    expect(statSync(socketPath(folder)).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('ends with 0 and the answer, as YAML or as JSON', async () => {
    const [plain, json] = await Promise.all([beside('access.me'), beside('access.me', '--json')])
    expect([plain.code, plain.err]).toEqual([0, ''])
    expect(plain.out).toMatch(/^state: signed-in\n[\s\S]*\nroles:\n {2}- admin\n[\s\S]*via: command line\n/)
    expect([json.code, JSON.parse(json.out)]).toMatchObject([0, { roles: ['admin'], via: 'command line' }])
  })

  it('ends with 2 for what does not exist and for bad input, telling the place', async () => {
    const [unknown, bad] = await Promise.all([
      beside('alerts.nothing'),
      beside('alerts.list', '--json', '{"limit":"many"}'),
    ])
    expect([unknown.code, unknown.out]).toEqual([2, ''])
    expect(unknown.err).toContain('There is no operation alerts.nothing.\nRun: framework0 help')
    expect(bad.code).toBe(2)
    expect(JSON.parse(bad.err)).toMatchObject({ error: { code: 'invalid', at: 'limit', hint: expect.any(String) } })
  })

  it('ends with 3 where it gave up its right to change things', async () => {
    const silence = JSON.stringify(aSilence)
    const { code, err } = await beside('silences.create', '--json', silence, '--read-only')
    expect([code, JSON.parse(err)]).toMatchObject([3, { error: { code: 'forbidden' } }])
  })

  it('ends with 1 for anything else', async () => {
    const { code, err } = await beside('alerts.get', 'id=nothing.here', '--json')
    expect([code, JSON.parse(err)]).toMatchObject([1, { error: { code: 'not_found' } }])
  })

  it('changes things, and the log says that it came this way', async () => {
    const created = await beside('silences.create', '--json', JSON.stringify(aSilence))
    expect(created.code).toBe(0)
    const { id } = JSON.parse(created.out) as { id: string }
    const { out } = await beside('audit.list', '--json', JSON.stringify({ target: id }))
    expect(JSON.parse(out)).toMatchObject({ entries: [{ operation: 'silences.create', via: 'command line' }] })
  })

  it('prints a stream as JSON lines until it is interrupted', async () => {
    const child = launch('main.ts', ['alerts.watch', '--data', folder])
    const ended = outcomeOf(child)
    await printed(child, /\n/)
    child.kill('SIGINT')
    const { code, out, err } = await ended
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('bySeverity')
  })

  it('prints a link that opens it', async () => {
    const { code, out } = await beside('open')
    expect([code, out]).toEqual([0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}\n$/)])
    expect((await fetch(out.trim())).status).toBe(200)
    expect((await fetch(out.trim())).status).toBe(401)
    expect(link).not.toBe(out.trim())
  })

  it('is answered by a second start with a link to the first', async () => {
    const second = await outcomeOf(launch('../server.ts', ['--data', folder]))
    expect(second.code).toBe(0)
    const found = ready.exec(second.out)?.[1] ?? ''
    expect(new URL(found).port).toBe(new URL(link).port)
    expect((await fetch(found)).status).toBe(200)
  })

  it('lets the application stop while it watches, and ends with 4', async () => {
    const child = launch('main.ts', ['alerts.watch', '--data', folder, '--json'])
    const watching = outcomeOf(child)
    await printed(child, /\n/)
    const stopped = outcomeOf(server)
    server.kill('SIGTERM')
    expect((await stopped).code).toBe(0)
    const { code, err } = await watching
    expect([code, JSON.parse(err)]).toMatchObject([4, { error: { code: 'unreachable' } }])
  })
})

describe('the command line alone', () => {
  const folder = temporaryFolder('cli')
  afterAll(() => removeFolder(folder))
  const alone = (...args: string[]) => run([...args, '--data', folder])

  it('opens the workspace itself, one command after the other even when they come at once', async () => {
    const outcomes = await Promise.all([
      alone('alerts.list', '--json'),
      alone('operations.health', '--json'),
      alone('operations.saveView', '--json', '{"screen":"alerts","name":"Mine","search":{}}'),
    ])
    expect(outcomes.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ])
    expect(JSON.parse(outcomes[1]?.out ?? '')).toMatchObject({ host: 'command line', dataFolder: folder })
    const views = await alone('operations.views', 'screen=alerts', '--json')
    expect(JSON.parse(views.out)).toMatchObject([{ name: 'Mine' }])
  })

  it('refuses commands when it is read-only', async () => {
    const { code } = await alone('operations.setPreferences', 'notifications=false', '--read-only')
    expect(code).toBe(3)
  })

  it('opens the vault with the passphrase of its environment', async () => {
    const passphrase = 'correct horse battery'
    expect((await alone('access.createVault', `passphrase=${passphrase}`)).code).toBe(0)
    const [locked, opened, wrong] = [
      await run(['access.vault', '--json', '--data', folder]),
      await run(['access.vault', '--json', '--data', folder], { FRAMEWORK0_PASSPHRASE: passphrase }),
      await run(['access.vault', '--json', '--data', folder], { FRAMEWORK0_PASSPHRASE: 'wrong' }),
    ]
    expect([JSON.parse(locked.out).state, JSON.parse(opened.out).state]).toEqual(['locked', 'unlocked'])
    expect([wrong.code, JSON.parse(wrong.err)]).toMatchObject([3, { error: { code: 'forbidden' } }])
  })

  it('ends with 4 when it is asked for a link and nothing runs', async () => {
    const { code, err } = await alone('open')
    expect([code, err]).toEqual([4, 'No application is running with this data folder.\nStart it: npm start\n'])
  })

  it('helps without touching the data folder', async () => {
    const { code, out } = await run(['help', 'alerts.acknowledge', '--data', '/nowhere/at/all'])
    expect([code, out]).toEqual([0, expect.stringContaining('alerts.acknowledge (command)')])
  })
})

describe('a read-only application', () => {
  const folder = temporaryFolder('cli')
  afterAll(() => removeFolder(folder))

  it('refuses the commands of the command line too, and says wrong arguments in a sentence', async () => {
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o700)
    const server = launch('../server.ts', ['--data', folder, '--read-only'])
    const wrong = outcomeOf(launch('../server.ts', ['--data', folder, '--port', '99999']))
    await printed(server, ready)
    const { code } = await run(['operations.setPreferences', 'notifications=false', '--data', folder])
    expect(code).toBe(3)
    server.kill('SIGTERM')
    expect((await outcomeOf(server)).code).toBe(0)
    expect(await wrong).toMatchObject({ code: 1, err: '--port 99999 is not a port number.\n' })
  })
})
