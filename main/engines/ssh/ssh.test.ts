import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, temporaryDirectory } from '#e2e/app/peers/peer.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { makeKey, type Sshd, startSshd } from '#e2e/app/peers/sshd.ts'
import { openHost, type SshHost } from './host.ts'
import { fingerprintOf, readHostKey } from './host-key.ts'
import { checkPrivateKey } from './private-key.ts'
import { quoted } from './quote.ts'
import { upload } from './upload.ts'

let sshd: Sshd
let folder: string
const opened: SshHost[] = []

const keyOf = (privateKey: string, passphrase = '') => ({ privateKey, passphrase })
const open = (change: { port?: number; hostKey?: string; user?: string } = {}, key = sshd.privateKey): SshHost => {
  const place = { address: '127.0.0.1', port: sshd.port, user: sshd.user, hostKey: sshd.hostKey, ...change }
  const host = openHost(place, async () => keyOf(key))
  opened.push(host)
  return host
}
const said = async (host: SshHost, script: string, args: readonly string[] = []): Promise<string> =>
  (await host.run(script, { args })).output

beforeAll(async () => {
  folder = await temporaryDirectory('ssh')
  sshd = await startSshd()
})
afterAll(async () => {
  for (const host of opened) host.close()
  await sshd?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a host over SSH', () => {
  it('runs what it is told, and says how it ended', async () => {
    const host = open()
    expect(await host.run('echo out; echo err >&2; exit 3')).toEqual({ code: 3, output: 'out\n', errors: 'err\n' })
    expect(await said(host, 'id -un')).toBe(`${sshd.user}\n`)
  })

  it('gets outside text as it is, whatever a shell would make of it', async () => {
    const host = open()
    const hostile = ["'; touch /tmp/pwned; '", '$(id) `id` $HOME', 'a\nb\\n', '*', '', '-rf', '"%s"', 'ünï—😀', "''"]
    expect(await said(host, `printf '%s\\n--\\n' "$@"`, hostile)).toBe(hostile.map((text) => `${text}\n--\n`).join(''))
    expect(() => quoted('a\0b')).toThrow('NUL')
  })

  it('is not signed in to with a key that it does not know', async () => {
    const other = makeKey(join(folder, 'other'))
    const host = open({}, other.private)
    await expect(host.run('true')).rejects.toMatchObject({
      code: 'unauthenticated',
      message: `127.0.0.1:${sshd.port} does not accept the private key for ${sshd.user}.`,
    })
  })

  it('is sent nothing when it shows another key than was confirmed', async () => {
    const { fingerprint } = makeKey(join(folder, 'stranger'))
    const host = open({ hostKey: fingerprint })
    const before = sshd.log().length
    await expect(host.run('true')).rejects.toMatchObject({
      code: 'refused',
      retryable: false,
      message: `127.0.0.1:${sshd.port} shows another key than the one that was confirmed. Expected ${fingerprint}, found ${sshd.hostKey}.`,
      hint: expect.stringContaining('Somebody may be in between.'),
    })
    await sleep(200)
    expect(sshd.log().slice(before)).not.toContain('Accepted')
    expect(sshd.log().slice(before)).not.toContain(`for ${sshd.user}`)
  })

  it('tells its key to who asks, as ssh-keygen writes it, before anybody signs in', async () => {
    const found = await readHostKey({ address: '127.0.0.1', port: sshd.port }, new AbortController().signal)
    expect(found).toEqual({ fingerprint: sshd.hostKey, type: 'ssh-ed25519' })
    const [, blob = ''] = readFileSync(join(sshd.directory, 'host.pub'), 'utf8').split(' ')
    expect(fingerprintOf(Buffer.from(blob, 'base64'))).toBe(sshd.hostKey)
  })

  it('says that nobody listens, and that a name has no address', async () => {
    const nobody = openHost({ address: '127.0.0.1', port: 1, user: 'a', hostKey: 'SHA256:x' }, async () => keyOf(''))
    await expect(nobody.run('true')).rejects.toMatchObject({
      code: 'unreachable',
      message: '127.0.0.1:1 accepts no connection.',
    })
    await expect(
      readHostKey({ address: 'nowhere.invalid', port: 22 }, new AbortController().signal),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^nowhere\.invalid:22 cannot be found/) })
  })

  it('runs more at once than sshd allows, in turns', async () => {
    const host = open()
    const all = await Promise.all(
      Array.from({ length: 25 }, (_, n) => said(host, 'sleep 0.05; echo "$1"', [String(n)])),
    )
    expect(all).toEqual(Array.from({ length: 25 }, (_, n) => `${n}\n`))
  })

  it('ends a command that nobody waits for any more', async () => {
    const host = open()
    const file = join(folder, 'pid')
    const abort = new AbortController()
    const running = host.run('echo $$ > "$1"; sleep 300', { args: [file], signal: abort.signal })
    expect(await eventually(() => existsSync(file) && readFileSync(file, 'utf8') !== '')).toBe(true)
    const pid = Number(readFileSync(file, 'utf8'))
    abort.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(await eventually(() => !existsSync(`/proc/${pid}`))).toBe(true)
    expect(await said(host, 'echo still')).toBe('still\n')
  })

  it('says that the connection was lost while a command ran, and is connected to again', async () => {
    await using proxy = await startProxy(`http://127.0.0.1:${sshd.port}`)
    const host = open({ port: Number(new URL(proxy.url).port) })
    const running = host.run('sleep 30')
    running.catch(() => {})
    await sleep(500)
    await proxy.cut()
    await expect(running).rejects.toMatchObject({
      code: 'unreachable',
      message: 'The connection to 127.0.0.1 was lost while a command ran there.',
    })
    await expect(host.run('true')).rejects.toMatchObject({ code: 'unreachable' })
    await proxy.restore()
    expect(await eventually(async () => (await host.run('true')).code === 0, 10_000, 200)).toBe(true)
  })

  it('gives up on a command that takes too long', async () => {
    await expect(open().run('sleep 30', { withinMs: 300 })).rejects.toMatchObject({ code: 'timeout' })
  })
})

describe('a folder that is sent to a host', () => {
  const source = (): string => join(folder, 'source')
  const long = `${'deep/'.repeat(40)}naïve file.txt`
  beforeAll(() => {
    mkdirSync(join(source(), 'deep/'.repeat(40)), { recursive: true })
    writeFileSync(join(source(), 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(source(), long), 'x'.repeat(70_000))
    writeFileSync(join(source(), 'empty'), '')
    writeFileSync(join(source(), "it's $(odd)"), 'odd')
  })

  it('arrives as it is: long paths, odd names, what may be executed', async () => {
    const to = join(folder, 'hosts', "it's", 'here')
    await upload(open(), source(), to)
    expect(readFileSync(join(to, long), 'utf8')).toBe('x'.repeat(70_000))
    expect(readdirSync(to).toSorted()).toEqual(['deep', 'empty', "it's $(odd)", 'run.sh'])
    const modes = await said(open(), 'stat -c %a "$1/run.sh" "$1/empty"', [to])
    expect(modes).toBe('500\n400\n')
  })

  it('is left as it is when it is there already', async () => {
    const to = join(folder, 'hosts', 'once')
    const host = open()
    await upload(host, source(), to)
    const first = await said(host, 'stat -c %i "$1"', [to])
    await upload(host, source(), to)
    expect(await said(host, 'stat -c %i "$1"', [to])).toBe(first)
  })

  it('is not there at all when the connection is lost halfway, and arrives with the next try', async () => {
    writeFileSync(join(source(), 'large'), Buffer.alloc(48 * 1024 * 1024, 7))
    await using proxy = await startProxy(`http://127.0.0.1:${sshd.port}`)
    const host = open({ port: Number(new URL(proxy.url).port) })
    const to = join(folder, 'hosts', 'half', 'release')
    const sending = upload(host, source(), to)
    sending.catch(() => {})
    expect(await eventually(() => existsSync(join(folder, 'hosts', 'half')), 10_000, 5)).toBe(true)
    await proxy.cut()
    await expect(sending).rejects.toMatchObject({ code: 'unreachable' })
    expect(existsSync(to)).toBe(false)
    expect(await eventually(() => readdirSync(join(folder, 'hosts', 'half')).length === 0)).toBe(true)
    await proxy.restore()
    await upload(open(), source(), to)
    expect(readFileSync(join(to, 'large')).equals(Buffer.alloc(48 * 1024 * 1024, 7))).toBe(true)
  })

  it('is not there when it was aborted', async () => {
    const to = join(folder, 'hosts', 'aborted', 'release')
    const abort = new AbortController()
    const sending = upload(open(), source(), to, abort.signal)
    sending.catch(() => {})
    expect(await eventually(() => existsSync(join(folder, 'hosts', 'aborted')), 10_000, 5)).toBe(true)
    abort.abort()
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
    expect(await eventually(() => readdirSync(join(folder, 'hosts', 'aborted')).length === 0)).toBe(true)
  })

  it('says that the folder cannot be made', async () => {
    await expect(upload(open(), source(), '/proc/none/release')).rejects.toMatchObject({
      message: expect.stringMatching(/^127\.0\.0\.1 could not take the files of \/proc\/none\/release: mkdir: /),
    })
  })

  it.runIf(process.getuid?.() === 0)('says that the disk is full, or read-only, and leaves nothing there', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    try {
      const to = join(disk, 'release')
      const message = `127.0.0.1 could not take the files of ${to}`
      await expect(upload(open(), source(), to)).rejects.toMatchObject({
        ...{ code: 'storage', message: `${message}: its disk is full.` },
      })
      expect(readdirSync(disk)).toEqual([])
      execFileSync('mount', ['-o', 'remount,ro', disk])
      await expect(upload(open(), source(), to)).rejects.toMatchObject({
        ...{ code: 'forbidden', message: `${message}: this user may not write there.` },
      })
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})

describe('a private key', () => {
  it('is taken with its passphrase, and refused without it, with another, or when it is none', async () => {
    const plain = makeKey(join(folder, 'plain'))
    const sealed = makeKey(join(folder, 'sealed'), 'open sesame')
    const rsa = makeKey(join(folder, 'rsa'), '', 'rsa')
    await checkPrivateKey(keyOf(plain.private))
    await checkPrivateKey(keyOf(rsa.private))
    await checkPrivateKey(keyOf(sealed.private, 'open sesame'))
    const refused = (key: string, passphrase = '') => expect(checkPrivateKey(keyOf(key, passphrase))).rejects
    await refused(sealed.private).toMatchObject({ at: 'passphrase', message: 'The private key is encrypted.' })
    await refused(sealed.private, 'no').toMatchObject({ at: 'passphrase' })
    await refused(plain.public).toMatchObject({ at: 'privateKey', message: 'This is a public key.' })
    await refused('my secret words').toMatchObject({ at: 'privateKey' })
  })
})
