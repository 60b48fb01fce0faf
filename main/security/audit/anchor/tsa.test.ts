import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '#e2e/app/peers/certificates.ts'
import { startFault } from '#e2e/app/peers/fault.ts'
import {
  type Deceit,
  startTimestampAuthority,
  type TimestampAuthorityPeer,
} from '#e2e/app/peers/timestamp-authority.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { type CheckpointLog, checkpointLog, signal } from './anchor.fixture.ts'
import { type StoredToken, tsaPlace } from './tsa.ts'

let authority: TimestampAuthorityPeer
let log: CheckpointLog
let tokens: StoredToken[]

const place = (changes: Partial<{ url: string; ca: string }> = {}, clock = systemClock) =>
  tsaPlace(
    { name: 'TSA', url: authority.url, ca: authority.ca, ...changes },
    { all: async () => tokens, add: async (token) => void tokens.push(token) },
    log.port,
    clock,
  )

describe('timestamps of an RFC 3161 authority (openssl ts)', () => {
  beforeAll(async () => {
    authority = await startTimestampAuthority()
  })
  afterAll(() => authority[Symbol.asyncDispose]())
  beforeEach(() => {
    log = checkpointLog()
    tokens = []
    authority.cheat('none')
  })

  it('stamps the newest checkpoint, which stands for all before it', async () => {
    const given = authority.given()
    expect(await place().keep(log.add(3, 5, 8), signal())).toBe(8)
    expect(authority.given()).toBe(given + 1)
    expect(tokens).toMatchObject([{ size: 8, note: expect.stringContaining('framework0/test\n8\n') }])
    expect(Math.abs(Date.parse(tokens[0]?.at ?? '') - Date.now())).toBeLessThan(60_000)
    expect(await place().verify(signal())).toEqual([])
  })

  it('keeps a token that openssl verifies without us', async () => {
    await place().keep(log.add(5), signal())
    const folder = await mkdtemp(join(tmpdir(), 'framework0-tsa-'))
    const at = (name: string) => join(folder, name)
    await writeFile(at('token'), Buffer.from(tokens[0]?.token ?? '', 'base64'))
    await writeFile(at('note'), tokens[0]?.note ?? '')
    await writeFile(at('ca.pem'), authority.ca)
    const args = ['ts', '-verify', '-token_in', '-in', at('token'), '-data', at('note'), '-CAfile', at('ca.pem')]
    const { stdout } = await promisify(execFile)('openssl', args)
    expect(stdout).toContain('Verification: OK')
    await rm(folder, { recursive: true })
  })

  it.each<[Deceit, RegExp]>([
    ['other-imprint', /stamped something else/],
    ['other-nonce', /another nonce/],
    ['played-back', /stamped something else|another nonce/],
    ['expired-certificate', /not valid at the time of the stamp/],
    ['no-purpose', /not for time stamping alone/],
    ['many-purposes', /not for time stamping alone/],
    ['flipped-signature', /signature does not hold/],
    ['refuses', /did not grant a timestamp \(status 2\)/],
    ['no-token', /grants a timestamp and sends none/],
  ])('takes nothing from an authority that cheats: %s', async (deceit, words) => {
    await place().keep(log.add(2), signal())
    tokens = []
    authority.cheat(deceit)
    await expect(place().keep(log.add(5), signal())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(words),
    })
    expect(tokens).toEqual([])
  })

  it('takes nothing from an authority that the pinned one did not certify', async () => {
    const { ca } = await createAuthority('A stranger')
    await expect(place({ ca }).keep(log.add(5), signal())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('does not lead to the pinned authority'),
    })
  })

  it('takes no time that is far from our clock', async () => {
    const wrong = { ...systemClock, now: () => Date.now() - 3_600_000 }
    await expect(place({}, wrong).keep(log.add(5), signal())).rejects.toMatchObject({
      message: expect.stringMatching(/\d{4} s ahead of the clock/),
    })
  })

  it.each([
    ['a web page', { kind: 'html' }, /did not answer with a timestamp/],
    ['an endless answer', { kind: 'endless', bytes: 8 * 1024 ** 2 }, /more than the 1 MiB/],
    [
      'a redirect',
      { kind: 'redirect', to: 'https://elsewhere.example/' },
      /redirects to https:\/\/elsewhere.example\//,
    ],
    ['a dropped connection', { kind: 'close-before-answer' }, /closed the connection/],
  ] as const)('says what it got when the answer is %s', async (_, fault, words) => {
    await using server = await startFault(fault)
    await expect(place({ url: server.url }).keep(log.add(5), signal())).rejects.toThrow(words)
  })

  it('names a rewritten history, a cut end and a token that was edited', async () => {
    await place().keep(log.add(8), signal())
    log.truncate(5)
    expect(await place().verify(signal())).toMatchObject([
      {
        kind: 'truncation',
        reason: expect.stringMatching(/^The timestamp of TSA from .* over 8 entries vouches for 8 entries/),
      },
    ])
    log.add(9)
    log.rewrite()
    expect(await place().verify(signal())).toMatchObject([{ kind: 'fork' }])
    const [token] = tokens
    if (token) tokens = [{ ...token, note: token.note.replace('\n8\n', '\n7\n') }]
    expect((await place().verify(signal())).map(({ kind }) => kind)).toEqual(['signature', 'signature'])
  })
})
