import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import { eventually } from '#e2e/app/peers/peer.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { startWebhook, type WebhookPeer } from '#e2e/app/peers/webhook.ts'
import { type Bench, openBench } from './forward.fixture.ts'
import { createForwardService } from './service.ts'

let bench: Bench
let hook: WebhookPeer
const signingSecret = 'correct horse battery'

const webhook = (changes: Record<string, unknown> = {}) =>
  ({ kind: 'webhook', name: 'SIEM', enabled: true, url: hook.url, signingSecret, ...changes }) as const
const sequences = (peer: WebhookPeer): number[] => peer.events.map(({ data }) => data.sequence)
const numbers = (to: number): number[] => Array.from({ length: to }, (_, n) => n + 1)
const first = async () => (await bench.service.list())[0]
const arrived = (peer: WebhookPeer, last: number) => eventually(() => new Set(sequences(peer)).size === last)

describe('forwarding to a webhook', () => {
  beforeEach(async () => {
    bench = await openBench()
    hook = await startWebhook({ signingSecret })
    await bench.service.start()
  })
  afterEach(async () => {
    await bench.service.stop()
    await hook[Symbol.asyncDispose]()
  })

  it('sends the whole log in order, and then what is appended', async () => {
    bench.log.append(1_234)
    await bench.service.put({ forwarder: webhook() })
    expect(await arrived(hook, 1_234)).toBe(true)
    bench.log.append(3)
    expect(await arrived(hook, 1_237)).toBe(true)
    expect(sequences(hook)).toEqual(numbers(1_237))
    expect(hook.complaints).toEqual([])
    expect(await eventually(async () => (await first())?.behind === 0)).toBe(true)
    expect(await first()).toMatchObject({ cursor: 1_237, error: null })
  })

  it('sends CloudEvents whose source and id tell duplicates', async () => {
    bench.log.append(2)
    await bench.service.put({ forwarder: webhook() })
    await arrived(hook, 2)
    expect(hook.events[1]).toMatchObject({
      specversion: '1.0',
      id: `2-${'ab'.repeat(32)}`,
      source: 'urn:framework0:audit:bench',
      type: 'framework0.audit.entry',
      subject: 'alerts.acknowledge',
      data: { sequence: 2, after: { note: 'known since 2' } },
    })
  })

  it('goes on where it was after a restart in the middle', async () => {
    bench.log.append(700)
    await bench.service.put({ forwarder: webhook() })
    await eventually(() => hook.events.length > 0)
    await bench.service.stop()
    const before = hook.events.length
    bench.log.append(300)
    bench.service = createForwardService(bench.ports)
    await bench.service.start()
    expect(await arrived(hook, 1_000)).toBe(true)
    expect(before).toBeLessThan(1_000)
    expect(sequences(hook)).toEqual(numbers(1_000))
  })

  it('sends again what was not confirmed: twice rather than never', async () => {
    hook.become({ kind: 'reset', taken: true })
    bench.log.append(10)
    await bench.service.put({ forwarder: webhook() })
    await eventually(() => hook.requests() >= 3)
    hook.become({ kind: 'take' })
    expect(await eventually(async () => (await first())?.cursor === 10)).toBe(true)
    expect(hook.events.length).toBeGreaterThan(10)
    expect([...new Set(sequences(hook))]).toEqual(numbers(10))
  })

  it('waits longer with each failure while the other side is down, says why, and catches up', async () => {
    await using proxy = await startProxy(new URL(hook.url).origin)
    await proxy.cut()
    bench.log.append(20)
    const url = hook.url.replace(new URL(hook.url).origin, proxy.url)
    await bench.service.put({ forwarder: webhook({ url }) })
    expect(await eventually(() => bench.waits.length >= 4)).toBe(true)
    expect(bench.waits.slice(0, 4)).toEqual([750, 1_500, 3_000, 6_000])
    expect(await first()).toMatchObject({
      cursor: 0,
      behind: 20,
      nextAttemptAt: expect.any(String),
      error: { code: 'unreachable', message: expect.stringMatching(/^SIEM refused the connection/) },
    })
    await proxy.restore()
    expect(await arrived(hook, 20)).toBe(true)
    expect(sequences(hook)).toEqual(numbers(20))
    expect(await eventually(async () => (await first())?.error === null)).toBe(true)
  })

  it('waits as long as it is asked to', async () => {
    hook.become({ kind: 'status', status: 429, headers: { 'retry-after': '47' } })
    bench.log.append(1)
    await bench.service.put({ forwarder: webhook() })
    expect(await eventually(() => bench.waits.length > 0)).toBe(true)
    expect(bench.waits[0]).toBe(47_000)
  })

  it('stops before an entry that is refused, without a gap, and holds up no other forwarder', async () => {
    await using other = await startWebhook()
    hook.become({ kind: 'picky', refuses: ({ data }) => data.sequence === 77 })
    bench.log.append(200)
    await bench.service.put({ forwarder: webhook() })
    await bench.service.put({ forwarder: { kind: 'webhook', name: 'Other', enabled: true, url: other.url } })
    expect(await arrived(hook, 76)).toBe(true)
    expect(await arrived(other, 200)).toBe(true)
    expect(sequences(hook)).toEqual(numbers(76))
    const stuck = () => bench.service.list().then((all) => all.find(({ settings }) => settings.name === 'SIEM'))
    expect(await eventually(async () => (await stuck())?.error?.message.includes('refuses entry 77') === true)).toBe(
      true,
    )
    hook.become({ kind: 'take' })
    expect(await arrived(hook, 200)).toBe(true)
    expect(sequences(hook)).toEqual(numbers(200))
  })

  it('turns itself off when the receiver is gone for good, and says so', async () => {
    hook.become({ kind: 'status', status: 410 })
    bench.log.append(1)
    await bench.service.put({ forwarder: webhook() })
    expect(await eventually(async () => (await first())?.settings.enabled === false)).toBe(true)
    expect(await first()).toMatchObject({ revision: 2, error: { message: expect.stringContaining('HTTP 410') } })
    bench.log.append(1)
    expect(hook.requests()).toBe(1)
  })

  it('waits for an entry that is missing, then goes on without it', async () => {
    bench.log.append(5)
    bench.log.all.splice(2, 1)
    await bench.service.put({ forwarder: webhook() })
    expect(await arrived(hook, 4)).toBe(true)
    expect(sequences(hook)).toEqual([1, 2, 4, 5])
    expect(bench.lines.some((line) => line.includes('Entry 3 is missing'))).toBe(true)
  })

  it('waits for the vault, and goes on by itself', async () => {
    await bench.service.stop()
    bench = await openBench('a long passphrase')
    bench.log.append(3)
    await bench.service.put({ forwarder: webhook() })
    bench.vault.lock()
    await bench.service.start()
    expect(await eventually(async () => (await first())?.error?.code === 'locked')).toBe(true)
    await bench.vault.unlock('a long passphrase')
    expect(await arrived(hook, 3)).toBe(true)
  })

  it('follows no redirect', async () => {
    await using lure = await startFault({ kind: 'redirect', to: hook.url, status: 307 })
    bench.log.append(1)
    await bench.service.put({ forwarder: webhook({ url: lure.url }) })
    expect(await eventually(async () => (await first())?.error?.message.includes('redirects to') === true)).toBe(true)
    expect(hook.requests()).toBe(0)
  })

  it('trusts no certificate but that of the pinned authority', async () => {
    const authority = await createAuthority()
    const stranger = await createAuthority('A stranger')
    await using secure = await startWebhook({ tls: await authority.issue({ commonName: 'localhost' }) })
    bench.log.append(2)
    const settings = { kind: 'webhook', name: 'TLS', enabled: true, url: secure.url } as const
    const { after } = await bench.service.put({ forwarder: { ...settings, ca: stranger.ca } })
    expect(await eventually(async () => (await first())?.error !== null)).toBe(true)
    expect((await first())?.error?.message).toMatch(/^TLS shows a certificate of an authority that is not trusted here/)
    expect(secure.requests()).toBe(0)
    await bench.service.put({ id: after.id, revision: 1, forwarder: { ...settings, ca: authority.ca } })
    expect(await arrived(secure, 2)).toBe(true)
  })
})
