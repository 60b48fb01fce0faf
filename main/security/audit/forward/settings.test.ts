import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { eventually } from '#e2e/app/peers/peer.ts'
import type { ForwarderInput } from '#preload/security/audit-delivery.ts'
import { type Bench, openBench } from './forward.fixture.ts'
import { secretId } from './settings.ts'

let bench: Bench
const otlp = (changes: Record<string, unknown> = {}): ForwarderInput =>
  ({ kind: 'otlp', name: 'Collector', enabled: false, url: 'https://collector.example', ...changes }) as ForwarderInput
const header = { name: 'X-Api-Key', value: 'tok-5f2e91' }

describe('the settings of forwarders', () => {
  beforeEach(async () => {
    bench = await openBench()
  })
  afterEach(() => bench.service.stop())

  it.each<[string, ForwarderInput, string]>([
    ['a password in the URL', otlp({ url: 'https://u:p@collector.example' }), 'url'],
    ['another scheme', otlp({ url: 'ftp://collector.example' }), 'url'],
    ['a CA that is no certificate', otlp({ ca: 'hello' }), 'tls.ca'],
    ['a header that frames the message', otlp({ header: { name: 'Content-Length', value: '1' } }), 'auth.name'],
    ['a secret with a line feed', otlp({ header: { name: 'X-Api-Key', value: 'a\nb' } }), 'auth.value'],
    ['a secret without TLS', otlp({ url: 'http://collector.example', header }), 'url'],
    ['a URL for a host', { kind: 'syslog', name: 'S', enabled: true, host: 'tls://siem', port: 6514 }, 'host'],
    [
      'a client certificate without its key',
      { kind: 'syslog', name: 'S', enabled: true, host: 'siem', port: 6514, certificate: 'x' },
      'tls',
    ],
  ])('refuse %s before anything changes', async (_, forwarder, at) => {
    await expect(bench.service.put({ forwarder })).rejects.toMatchObject({ code: 'invalid', at })
    expect(await bench.service.list()).toEqual([])
    expect(bench.database.prepare('select count(*) as n from vault_secret').get()).toEqual({ n: 0 })
  })

  it('never show the secret, and keep it when it is left out', async () => {
    const { after } = await bench.service.put({ forwarder: otlp({ header }) })
    expect(after.settings).toMatchObject({ kind: 'otlp', headerName: 'X-Api-Key' })
    expect(JSON.stringify(bench.database.prepare('select * from audit_forwarder').all())).not.toContain(header.value)
    const change = { id: after.id, revision: 1, forwarder: otlp({ name: 'Renamed' }) }
    expect((await bench.service.put(change)).after.settings).toMatchObject({ name: 'Renamed', headerName: 'X-Api-Key' })
    expect(await bench.vault.open(secretId(after.id))).toBe(header.value)
  })

  it('forget the secret when it is emptied, and with the forwarder', async () => {
    const { after } = await bench.service.put({ forwarder: otlp({ header }) })
    const empty = otlp({ header: { name: '', value: '' } })
    const changed = await bench.service.put({ id: after.id, revision: 1, forwarder: empty })
    expect(changed.after.settings).toMatchObject({ headerName: null })
    await expect(bench.vault.open(secretId(after.id))).rejects.toMatchObject({ code: 'not_found' })
    await bench.service.put({ id: after.id, revision: 2, forwarder: otlp({ header }) })
    await bench.service.remove(after.id)
    await expect(bench.vault.open(secretId(after.id))).rejects.toMatchObject({ code: 'not_found' })
    expect(await bench.service.list()).toEqual([])
  })

  it('do not send a stored secret to another address by themselves', async () => {
    const { after } = await bench.service.put({ forwarder: otlp({ header }) })
    const moved = otlp({ url: 'https://other.example' })
    const change = { id: after.id, revision: 1, forwarder: moved }
    await expect(bench.service.put(change)).rejects.toMatchObject({ code: 'invalid', at: 'header.value' })
    expect((await bench.service.list())[0]).toMatchObject({
      revision: 1,
      settings: { url: 'https://collector.example' },
    })
  })

  it('refuse an older revision, another kind and a name that is taken', async () => {
    const { after } = await bench.service.put({ forwarder: otlp() })
    const stale = { id: after.id, revision: 7, forwarder: otlp() }
    await expect(bench.service.put(stale)).rejects.toMatchObject({ code: 'conflict' })
    const { ca: _, ...syslog } = { kind: 'syslog', name: 'S', enabled: true, host: 'siem', port: 6514, ca: '' } as const
    const other = { id: after.id, revision: 1, forwarder: syslog }
    await expect(bench.service.put(other)).rejects.toMatchObject({ code: 'invalid', at: 'kind' })
    const twin = { forwarder: otlp({ name: 'collector' }) }
    await expect(bench.service.put(twin)).rejects.toMatchObject({ code: 'conflict', at: 'name' })
  })

  it('change nothing while the vault is locked', async () => {
    bench = await openBench('a long passphrase')
    bench.vault.lock()
    await expect(bench.service.put({ forwarder: otlp({ header }) })).rejects.toMatchObject({ code: 'locked' })
    expect(await bench.service.list()).toEqual([])
  })

  it('keep a client key in the vault, and use it with its certificate', async () => {
    const authority = await createAuthority()
    const { cert, key } = await authority.issue({ commonName: 'framework0' })
    const syslog = { kind: 'syslog', name: 'S', enabled: false, host: 'siem', port: 6514, certificate: cert } as const
    const { after } = await bench.service.put({ forwarder: { ...syslog, key } })
    expect(after.settings).toMatchObject({ hasKey: true })
    expect(JSON.stringify(after)).not.toContain('PRIVATE KEY')
    const renamed = await bench.service.put({ id: after.id, revision: 1, forwarder: { ...syslog, name: 'T' } })
    expect(renamed.after.settings).toMatchObject({ name: 'T', hasKey: true })
  })

  it('never let a secret into an error or the log, even if the other side repeats it', async () => {
    const body = JSON.stringify({ message: `bad key ${header.value}` })
    await using echo = await startFault({ kind: 'status', status: 500, body })
    await bench.service.start()
    bench.log.append(1)
    await bench.service.put({ forwarder: otlp({ enabled: true, url: echo.url, header }) })
    expect(await eventually(async () => (await bench.service.list())[0]?.error !== null)).toBe(true)
    expect(echo.requests[0]?.headers['x-api-key']).toBe(header.value)
    expect(JSON.stringify(await bench.service.list())).not.toContain(header.value)
    expect(bench.lines.join('')).toContain('bad key •••')
    expect(bench.lines.join('')).not.toContain(header.value)
  })
})
