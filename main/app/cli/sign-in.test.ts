import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type IdentityProvider, signInAtProvider, startIdentityProvider } from '#e2e/app/peers/identity-provider.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import { filesWith, removeFolder, temporaryFolder } from '../trial.ts'

type Outcome = { readonly code: number | null; readonly out: string; readonly err: string }

const config = temporaryFolder('config')
const passphrase = 'correct horse battery'
const running = new Set<ChildProcess>()

/** @param typed what is typed at its questions. @param onErr told what it says meanwhile. */
function launch(file: string, args: readonly string[], typed = '', onErr: (text: string) => void = () => {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', XDG_CONFIG_HOME: config, FRAMEWORK0_PASSPHRASE: passphrase },
  })
  running.add(child)
  child.stdin.on('error', () => {}).end(typed)
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    text.err += chunk
    onErr(text.err)
  })
  const ended = new Promise<Outcome>((resolve) =>
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, ...text })
    }),
  )
  return { child, ended, text }
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  removeFolder(config)
})

describe.runIf(available('slapd'))('the command line, where people sign in', { timeout: 60_000 }, () => {
  const folder = temporaryFolder('cli-sign-in')
  const run = (args: readonly string[], typed?: string, onErr?: (text: string) => void) =>
    launch('main.ts', [...args, '--data', folder], typed, onErr).ended
  const ask = async (op: string, input: unknown = {}) => {
    const { code, out, err } = await run([op, '--json', JSON.stringify(input)])
    return code === 0 ? JSON.parse(out) : { code, ...JSON.parse(err) }
  }
  let server: ReturnType<typeof launch>
  let slapd: Slapd
  let provider: IdentityProvider

  const start = async (): Promise<void> => {
    server = launch('../server.ts', ['--data', folder])
    await vi.waitFor(() => expect(server.text.out).toMatch(/ready http/), 15_000)
  }
  const stop = async (): Promise<void> => {
    server.child.kill('SIGTERM')
    await server.ended
  }

  beforeAll(async () => {
    ;[slapd, provider] = await Promise.all([startSlapd(), startIdentityProvider()])
    // The first passphrase is chosen; the environment's opens it from then on.
    const chosen = spawn(
      process.execPath,
      [join(import.meta.dirname, 'main.ts'), 'access.createVault', `passphrase=${passphrase}`, '--data', folder],
      { env: { ...process.env, NODE_OPTIONS: '', FRAMEWORK0_PASSPHRASE: '' }, stdio: 'ignore' },
    )
    await new Promise((resolve) => chosen.once('close', resolve))
    await start()
    await ask('access.putProvider', {
      provider: {
        ...{ kind: 'ldap', name: 'Directory', url: slapd.url, startTls: false, baseDn: slapd.baseDn },
        ...{ bindDn: slapd.adminDn, bindPassword: slapd.adminPassword },
      },
    })
    await ask('access.putProvider', {
      provider: { kind: 'oidc', name: 'Login', issuer: provider.issuer, clientId: provider.clientId },
    })
    const settings = await ask('access.settings')
    await ask('access.setSettings', { ...settings, signInRequired: true, groupRoles: [{ group: '*', role: 'admin' }] })
  })
  afterAll(async () => {
    await slapd.stop()
    await provider.stop()
    removeFolder(folder)
  })

  it('is nobody until it signs in, and says how', async () => {
    expect(await ask('access.me')).toMatchObject({ state: 'signed-out' })
    const { code, err } = await run(['access.identities'])
    expect([code, err]).toEqual([3, expect.stringMatching(/cannot be called\.\nRun: framework0 sign-in\n$/)])
    const unsaid = await run(['sign-in'])
    expect([unsaid.code, unsaid.err]).toEqual([2, expect.stringContaining('one of: Directory, Login')])
  })

  it('signs in at a directory, with a key that only its owner can read, outside the data folder', async () => {
    const wrong = await run(['sign-in', '--provider', 'Directory'], 'ana\nwrong\n')
    expect([wrong.code, wrong.err]).toEqual([3, expect.stringContaining('does not know this login with this password')])
    const { code, out } = await run(['sign-in', '--provider', 'Directory'], 'ana\nana-pw\n')
    expect([code, out]).toEqual([0, 'You are signed in as Ana Sre.\n'])
    expect(await ask('access.me')).toMatchObject({ state: 'signed-in', name: 'Ana Sre', via: 'command line' })
    const sessions = join(config, 'framework0', 'sessions')
    const [file = ''] = readdirSync(sessions)
    expect(statSync(join(sessions, file)).mode & 0o777).toBe(0o600)
    expect(filesWith(folder, readFileSync(join(sessions, file), 'utf8').trim())).toEqual([])
  })

  it('is still signed in after the application was started again, and without it', async () => {
    await stop()
    expect(await ask('access.me')).toMatchObject({ state: 'signed-in', name: 'Ana Sre' })
    await start()
    expect(await ask('access.identities')).toContainEqual(expect.objectContaining({ name: 'Ana Sre', kind: 'ldap' }))
  })

  it('signs out', async () => {
    expect((await run(['sign-out'])).out).toBe('You are signed out.\n')
    expect(await ask('access.me')).toMatchObject({ state: 'signed-out' })
    expect(readdirSync(join(config, 'framework0', 'sessions'))).toEqual([])
  })

  it('signs in by a code on another device', async () => {
    let visited: Promise<string> | null = null
    const { code, out } = await run(['sign-in', '--provider', 'Login'], '', (text) => {
      const url = /Open (\S+) and enter the code/.exec(text)?.[1]
      if (url) visited ??= signInAtProvider(url, 'ana')
    })
    expect([code, out]).toEqual([0, 'You are signed in as Ana Sre.\n'])
    expect(visited).not.toBeNull()
  })

  it('makes who lost the last administrator one for an hour, when the application is stopped, and writes it down', async () => {
    await run(['sign-out'])
    const early = await run(['recover-admin', '--reason', 'Everybody left'])
    expect([early.code, early.err]).toEqual([1, expect.stringContaining('Stop it first')])
    await stop()
    expect((await run(['recover-admin'])).code).toBe(2)
    const { code, out } = await run(['recover-admin', '--reason', 'Everybody left'])
    expect([code, out]).toEqual([0, expect.stringContaining('You are an administrator until')])
    expect(await ask('access.me')).toMatchObject({ state: 'signed-in', roles: ['admin'], signInRequired: true })
    expect(await ask('audit.list', { operation: 'access.recoverAdmin' })).toMatchObject({
      entries: [{ outcome: 'succeeded', after: { reason: 'Everybody left' } }],
    })
  })
})
