import { createServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import { listen } from '#e2e/app/peers/listen.ts'
import { available, eventually } from '#e2e/app/peers/peer.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { type SyslogPeer, startSyslog } from '#e2e/app/peers/syslog.ts'
import { entryOf } from '../export/entries.fixture.ts'
import { type Bench, openBench } from './forward.fixture.ts'
import { createForwardService } from './service.ts'
import { syslogTarget } from './syslog.ts'
import { syslogMessage } from './syslog-message.ts'

const sequenceOf = (message: string): number => Number(/ sequence="(\d+)"/.exec(message)?.[1])
const sequences = async (peer: SyslogPeer) => (await peer.messages()).map(sequenceOf)
const numbers = (to: number): number[] => Array.from({ length: to }, (_, n) => n + 1)
const signal = () => new AbortController().signal

describe('a syslog message (RFC 5424)', () => {
  it('has facility 13, the operation as MSGID, and escaped structured data', () => {
    const text = syslogMessage(
      entryOf(9, { outcome: 'failed', actor: 'a"b\\c]d\ne', operation: 'x y.zé' }),
      'höst 1',
    ).toString('utf8')
    expect(text).toMatch(/^<108>1 2026-01-01T00:00:09\.000Z h\?st\?1 framework0 - x\?y\.z\? \[framework0@32473 /)
    expect(text).toContain(' actor="a\\"b\\\\c\\]d␊e"')
    expect(text).toContain('] \ufeff{"sequence":9,')
    expect(text).not.toContain('\n')
  })

  it('stays within 8 KiB and says what it left out', () => {
    const message = syslogMessage(entryOf(1, { after: 'é'.repeat(9_000) }), 'h')
    expect(message.length).toBeLessThanOrEqual(8_192)
    const text = message.toString('utf8')
    expect(text).toContain(' shortened="true"]')
    expect(text).toContain(` leafHash="${'ab'.repeat(32)}"`)
    expect(JSON.parse(text.slice(text.indexOf('\ufeff') + 1))).not.toHaveProperty('after')
  })
})

describe.skipIf(!available('rsyslogd'))('forwarding to rsyslog over TLS', () => {
  let bench: Bench
  let peer: SyslogPeer
  const put = (changes: Record<string, unknown> = {}) => {
    const { host, port, ca } = peer
    return bench.service.put({
      forwarder: { kind: 'syslog', name: 'rsyslog', enabled: true, host, port, ca, ...changes },
    })
  }
  const first = async () => (await bench.service.list())[0]

  beforeEach(async () => {
    bench = await openBench()
    await bench.service.start()
  })
  afterEach(async () => {
    await bench.service.stop()
    await peer[Symbol.asyncDispose]()
  })

  it('writes the whole log in order, and then what is appended', async () => {
    peer = await startSyslog()
    bench.log.append(1_100)
    await put()
    expect(await eventually(async () => (await first())?.cursor === 1_100)).toBe(true)
    bench.log.append(2)
    expect(await eventually(async () => (await sequences(peer)).length === 1_102)).toBe(true)
    expect(await sequences(peer)).toEqual(numbers(1_102))
  })

  it('loses nothing when rsyslog goes down and comes back', async () => {
    peer = await startSyslog()
    bench.log.append(600)
    await put()
    await eventually(async () => ((await first())?.cursor ?? 0) >= 500)
    await peer.down()
    bench.log.append(600)
    expect(await eventually(async () => (await first())?.error?.code === 'unreachable')).toBe(true)
    await peer.up()
    expect(await eventually(async () => (await first())?.cursor === 1_200)).toBe(true)
    expect(await eventually(async () => new Set(await sequences(peer)).size === 1_200)).toBe(true)
  })

  it('sends the last window again when the connection breaks before it was confirmed, and misses none', async () => {
    peer = await startSyslog()
    await using proxy = await startProxy(`https://127.0.0.1:${peer.port}`)
    await proxy.stall()
    bench.log.append(300)
    await put({ port: proxy.port })
    await proxy.cut()
    expect(await eventually(async () => (await first())?.error !== null)).toBe(true)
    expect(await first()).toMatchObject({ cursor: 0, behind: 300 })
    await proxy.restore()
    expect(await eventually(async () => (await first())?.cursor === 300)).toBe(true)
    expect([...new Set(await sequences(peer))]).toEqual(numbers(300))
  })

  it('goes on where it was after our own restart', async () => {
    peer = await startSyslog()
    bench.log.append(50)
    await put()
    await eventually(async () => (await first())?.cursor === 50)
    await bench.service.stop()
    bench.log.append(50)
    bench.service = createForwardService(bench.ports)
    await bench.service.start()
    expect(await eventually(async () => (await first())?.cursor === 100)).toBe(true)
    expect(await sequences(peer)).toEqual(numbers(100))
  })

  it('shows its client certificate where one is asked for', async () => {
    peer = await startSyslog({ clientCertificates: true })
    bench.log.append(1)
    await put({ certificate: peer.client.cert, key: peer.client.key })
    expect(await eventually(async () => (await sequences(peer)).length === 1)).toBe(true)
  })

  it('counts nothing as taken without a client certificate that is asked for', async () => {
    peer = await startSyslog({ clientCertificates: true })
    bench.log.append(1)
    await put()
    expect(await eventually(async () => (await first())?.error !== null)).toBe(true)
    expect(await first()).toMatchObject({ cursor: 0, error: { code: 'unreachable' } })
    expect(await peer.messages()).toEqual([])
  })

  it.each([
    ['a certificate for another host', { otherHost: true }, {}, /made for another host name/],
    ['a certificate of another authority', {}, { ca: 'stranger' }, /authority that is not trusted|self-signed/],
  ] as const)('refuses %s with a sentence', async (_, recipe, changes, words) => {
    peer = await startSyslog(recipe)
    const ca = 'ca' in changes ? (await createAuthority('A stranger')).ca : peer.ca
    bench.log.append(1)
    await put({ ca })
    expect(await eventually(async () => (await first())?.error !== null)).toBe(true)
    expect((await first())?.error?.message).toMatch(words)
    expect(await peer.messages()).toEqual([])
  })
})

describe('a syslog receiver that does not answer the close', () => {
  it('has taken nothing, whatever was written to it', async () => {
    const authority = await createAuthority()
    const { cert, key } = await authority.issue({ commonName: 'localhost' })
    let read = 0
    const server = createServer({ cert, key, allowHalfOpen: true }, (socket) => {
      socket.on('data', (chunk) => {
        read += chunk.length
      })
      socket.on('error', () => {})
    })
    const listening = await listen(server)
    const place = { name: 'Mute', host: '127.0.0.1', port: listening.port, tls: { ca: authority.ca } }
    const target = syslogTarget(place, 'h', { timeoutMs: 300 })
    await expect(target.deliver([entryOf(1)], signal())).rejects.toMatchObject({ code: 'timeout' })
    expect(read).toBeGreaterThan(0)
    await listening.close()
  })

  it('has taken nothing when it hangs up in the middle', async () => {
    const authority = await createAuthority()
    const { cert, key } = await authority.issue({ commonName: 'localhost' })
    const listening = await listen(createServer({ cert, key }, (socket) => socket.once('data', () => socket.destroy())))
    const place = { name: 'Rude', host: '127.0.0.1', port: listening.port, tls: { ca: authority.ca } }
    const many = Array.from({ length: 3_000 }, (_, n) => entryOf(n + 1))
    await expect(syslogTarget(place, 'h').deliver(many, signal())).rejects.toMatchObject({ code: 'unreachable' })
    await listening.close()
  })
})
