import { connect, createServer } from 'node:net'
import { Client } from 'ldapts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { listen } from '#e2e/app/peers/listen.ts'
import { available, freePort } from '#e2e/app/peers/peer.ts'
import { eveLogin, type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import { manualClock } from '#main/kernel/clock.ts'
import type { LdapStep } from './check.ts'
import { createLdap, type Ldap } from './ldap.ts'
import type { LdapSettings } from './settings.ts'

const clock = manualClock()
const unknown = 'The directory does not know this login with this password.'

let authority: Authority
let slapd: Slapd

beforeAll(async () => {
  if (!available('slapd')) return
  authority = await createAuthority()
  slapd = await startSlapd({ tls: await authority.issue({ commonName: 'localhost' }) })
})
afterAll(async () => {
  await slapd?.stop()
})

const settings = (more: Partial<LdapSettings> = {}): LdapSettings => ({
  url: slapd.url,
  startTls: true,
  ca: authority.ca,
  bindDn: slapd.adminDn,
  bindPassword: slapd.adminPassword,
  baseDn: slapd.baseDn,
  userFilter: '(|(uid={login})(mail={login}))',
  groupBaseDn: slapd.groupsDn,
  nameAttribute: 'cn',
  mailAttribute: 'mail',
  nestedGroups: true,
  ...more,
})

const ldap = (more: Partial<LdapSettings> = {}, timeoutMs = 5_000): Ldap =>
  createLdap(settings(more), { clock, timeoutMs })

async function steps(walked: AsyncIterable<LdapStep>): Promise<readonly LdapStep[]> {
  const ended: LdapStep[] = []
  for await (const step of walked) if (step.status !== 'running') ended.push(step)
  return ended
}

describe.runIf(available('slapd'))('sign-in at a real directory', () => {
  it.each([
    ['StartTLS', () => ldap()],
    ['LDAPS', () => ldap({ url: slapd.ldapsUrl, startTls: false })],
    ['plain LDAP on loopback', () => ldap({ startTls: false })],
  ])('tells by %s who the person is, with groups in groups, though they go in a circle', async (_how, create) => {
    expect(await create().signIn('ana', 'ana-pw')).toEqual({
      provider: 'ldap',
      issuer: `ldap://localhost/${slapd.baseDn}`,
      subject: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      name: 'Ana Sre',
      email: 'ana@ops.test',
      groups: ['engineering', 'platform', 'sre'],
      authenticatedAt: clock.now(),
      secondFactor: false,
    })
  })

  it('knows a person by login or mail, in letters of any alphabet', async () => {
    const byLogin = await ldap().signIn(' jürgen ', 'pässwörd')
    expect(byLogin).toMatchObject({ name: 'Jürgen Größe', groups: [] })
    expect(await ldap().signIn('JUERGEN@ops.test', 'pässwörd')).toEqual(byLogin)
  })

  it('counts only direct groups unless nested ones are wanted, and only those below the group base', async () => {
    expect((await ldap({ nestedGroups: false }).signIn('ana', 'ana-pw')).groups).toEqual(['sre'])
    expect((await ldap().signIn('aud', 'aud-pw')).groups).toEqual(['on call, (EU)*'])
    const { groupBaseDn: _, ...anywhere } = settings()
    const everywhere = createLdap(anywhere, { clock })
    expect((await everywhere.signIn('aud', 'aud-pw')).groups).toEqual(['admins', 'on call, (EU)*'])
  })

  it('finds groups by memberOf alone, where the group filter finds none', async () => {
    const { groups } = await ldap({ groupFilter: '(&(objectClass=posixGroup)(memberUid={dn}))' }).signIn(
      'ana',
      'ana-pw',
    )
    expect(groups).toEqual(['sre'])
  })

  it('asks by the matching rule of Active Directory in a form that a server can read', async () => {
    const groupFilter = '(member:1.2.840.113556.1.4.1941:={dn})'
    expect((await ldap({ groupFilter }).signIn('aud', 'aud-pw')).groups).toEqual(['on call, (EU)*'])
  })

  it('keeps the subject when a person is moved', async () => {
    const before = await ldap().signIn('aud', 'aud-pw')
    const dn = `uid=aud,${slapd.peopleDn}`
    const client = new Client({ url: slapd.url })
    await client.bind(slapd.adminDn, slapd.adminPassword)
    await client.modifyDN(dn, `uid=aud,ou=elsewhere,${slapd.baseDn}`)
    const after = await ldap().signIn('aud', 'aud-pw')
    await client.modifyDN(`uid=aud,ou=elsewhere,${slapd.baseDn}`, dn)
    await client.unbind()
    expect(after.subject).toBe(before.subject)
  })

  it.each([
    ['a wrong password', 'ana', 'wrong'],
    ['an unknown login', 'nobody', 'ana-pw'],
    ['no password, by which a bind would be anonymous (RFC 4513 §5.1.2)', 'ana', ''],
    ['no login', '', 'ana-pw'],
    ['an endless password', 'ana', 'x'.repeat(1025)],
    ['an endless login', 'a'.repeat(257), 'ana-pw'],
  ])('refuses alike %s', async (_what, login, password) => {
    await expect(ldap().signIn(login, password)).rejects.toMatchObject({ code: 'unauthenticated', message: unknown })
  })

  it.each([
    '*',
    'a*',
    'ana)(uid=*',
    'ana)(|(uid=*',
    '*)(objectClass=*',
    'ana\\',
    '\\61na',
    'ana\0',
    'x)(|(uid=ana',
    'ana)(&)',
    '(uid=ana)',
    'ana,ou=people',
    '{login}',
    '{dn}',
  ])('takes the login %j for a name and not for a filter', async (login) => {
    await expect(ldap().signIn(login, 'ana-pw')).rejects.toMatchObject({ code: 'unauthenticated', message: unknown })
  })

  it('lets in the person whose login looks like an attack, and nobody else by it', async () => {
    const eve = await ldap().signIn(eveLogin, 'eve-pw')
    expect(eve).toMatchObject({ name: `Eve "Ö" O'Neil, Jr. + <x>`, groups: ['on call, (EU)*'] })
    await expect(ldap().signIn(eveLogin, 'ana-pw')).rejects.toThrow(unknown)
  })

  it('refuses a login that two people answer to, even with the password of one', async () => {
    const twins = ldap({ userFilter: '(|(uid={login})(objectClass=inetOrgPerson))' })
    await expect(twins.signIn('ana', 'ana-pw')).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('More than one person'),
    })
  })

  it('never follows a referral, nor sends the password there', async () => {
    let connections = 0
    const trap = await listen(
      createServer((socket) => {
        connections++
        socket.destroy()
      }),
    )
    await slapd.add([
      [
        `cn=trap,${slapd.peopleDn}`,
        { objectClass: ['referral', 'extensibleObject'], cn: 'trap', ref: `ldap://127.0.0.1:${trap.port}/dc=evil` },
      ],
    ])
    expect((await ldap().signIn('ana', 'ana-pw')).name).toBe('Ana Sre')
    await expect(ldap({ baseDn: `cn=trap,${slapd.peopleDn}` }).signIn('ana', 'ana-pw')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('another directory'),
    })
    expect(connections).toBe(0)
    await trap.close()
  })

  it('says that the settings are wrong when they are, and never shows a password', async () => {
    const account = ldap({ bindPassword: 'stale-secret' }).signIn('ana', 'ana-pw')
    await expect(account).rejects.toMatchObject({ code: 'invalid', at: 'bindPassword' })
    const base = ldap({ baseDn: 'dc=nowhere,dc=test' }).signIn('ana', 'ana-pw')
    await expect(base).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('base DN') })
    const { bindDn: _dn, bindPassword: _password, ...anonymous } = settings()
    const nameless = createLdap(anonymous, { clock }).signIn('ana', 'ana-pw')
    await expect(nameless).rejects.toMatchObject({ code: expect.stringMatching(/refused|unauthenticated/) })
    for (const attempt of [account, base, nameless]) {
      const error = await attempt.catch((thrown) => thrown)
      expect(JSON.stringify(error.toShape())).not.toMatch(/stale-secret|ana-pw/)
    }
  })
})

describe.runIf(available('slapd'))('the way to a real directory', () => {
  it.each(['startTls', 'ldaps'])('is verified by the pinned authority and the host name (%s)', async (how) => {
    const way = (server: Slapd, ca: string | undefined) => {
      const { ca: _pinned, ...rest } = settings({ url: how === 'ldaps' ? server.ldapsUrl : server.url })
      return createLdap({ ...rest, startTls: how !== 'ldaps', ...(ca === undefined ? {} : { ca }) }, { clock })
    }
    const other = await createAuthority('Another CA')
    for (const ca of [other.ca, undefined])
      await expect(way(slapd, ca).signIn('ana', 'ana-pw')).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('authority that is not trusted'),
      })
    await using elsewhere = await startSlapd({
      tls: await authority.issue({ commonName: 'elsewhere', names: ['DNS:elsewhere.test'] }),
    })
    await expect(way(elsewhere, authority.ca).signIn('ana', 'ana-pw')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('another host name'),
    })
  })

  it('is not taken in the clear by a server without TLS', async () => {
    await using plain = await startSlapd()
    await expect(ldap({ url: plain.url }).signIn('ana', 'ana-pw')).rejects.toMatchObject({
      code: 'unreachable',
      message: 'The directory does not offer StartTLS.',
    })
  })

  it('may be gone, silent, cut in the middle, or no longer wanted', async () => {
    const nobody = ldap({ url: `ldap://127.0.0.1:${await freePort()}` })
    await expect(nobody.signIn('ana', 'ana-pw')).rejects.toMatchObject({ code: 'unreachable' })
    const silent = await listen(createServer())
    const waiting = ldap({ url: `ldap://127.0.0.1:${silent.port}` }, 200).signIn('ana', 'ana-pw')
    await expect(waiting).rejects.toMatchObject({ code: 'timeout' })
    const leaving = new AbortController()
    const left = ldap({ url: `ldap://127.0.0.1:${silent.port}` }).signIn('ana', 'ana-pw', { signal: leaving.signal })
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'cancelled' })
    await silent.close()
    const closing = await listen(createServer((socket) => socket.once('data', () => socket.destroy())))
    for (const startTls of [true, false])
      await expect(
        ldap({ url: `ldap://127.0.0.1:${closing.port}`, startTls }).signIn('ana', 'ana-pw'),
      ).rejects.toMatchObject({ code: 'unreachable' })
    await closing.close()
  })

  it('is walked step by step', async () => {
    expect(await steps(ldap().check())).toMatchObject([
      { step: 'connect', status: 'ok' },
      { step: 'tls', status: 'ok', detail: expect.stringContaining('certificate of localhost') },
      { step: 'bind', status: 'ok', detail: `Bound as ${slapd.adminDn}.` },
      { step: 'search', status: 'ok', detail: `OpenLDAP answers below ${slapd.baseDn}.` },
    ])
    const wrong = await steps(ldap({ bindPassword: 'wrong' }).check())
    expect(wrong.map(({ status }) => status)).toEqual(['ok', 'ok', 'failed', 'skipped'])
    const lost = await steps(ldap({ url: `ldap://127.0.0.1:${await freePort()}` }).check())
    expect(lost.map(({ status }) => status)).toEqual(['failed', 'skipped', 'skipped', 'skipped'])
    const plain = await steps(ldap({ startTls: false, baseDn: 'dc=nowhere' }).check())
    expect(plain.map(({ status }) => status)).toEqual(['ok', 'skipped', 'ok', 'failed'])
  })
})

/** Somebody in between, who answers StartTLS in the clear and is told what comes next. */
async function startImpostor(answer: Buffer) {
  const heard: Buffer[] = []
  const server = await listen(
    createServer((socket) => {
      socket.once('data', () => socket.write(answer))
      socket.on('data', (chunk) => heard.push(chunk))
    }),
  )
  return { ...server, heard: () => Buffer.concat(heard), [Symbol.asyncDispose]: server.close }
}

/** Somebody in between, who lets all through to the real directory, but adds a text to its first answer. */
async function startInjector(injected: Buffer, separately: boolean) {
  const server = await listen(
    createServer((inner) => {
      const outer = connect(slapd.port, '127.0.0.1')
      inner.pipe(outer)
      outer.once('data', (answer) => {
        inner.write(separately ? answer : Buffer.concat([answer, injected]))
        if (separately) inner.write(injected)
        outer.pipe(inner)
      })
      inner.on('close', () => outer.destroy())
      for (const socket of [inner, outer]) socket.on('error', () => socket.destroy())
    }),
  )
  return { url: `ldap://localhost:${server.port}`, [Symbol.asyncDispose]: server.close }
}

/** "Bound", but for its last byte, which the first byte after the handshake would complete. */
const forgedBind = (messageId: number) => Buffer.from(`300d02010${messageId}61080a010004000401`, 'hex')
const started = Buffer.from('300c02010178070a010004000400', 'hex')

describe.runIf(available('slapd'))('an impostor before StartTLS', () => {
  it('lets ldapts itself believe that a wrong password was right, which is why it does not do StartTLS here', async () => {
    await using injector = await startInjector(forgedBind(3), false)
    const client = new Client({ url: injector.url, timeout: 2_000 })
    await client.startTLS({ ca: authority.ca, servername: 'localhost' })
    await client.bind(`uid=ana,${slapd.peopleDn}`, 'wrong')
    expect(client.isBound).toBe(true)
    await client.unbind().catch(() => undefined)
  })

  it.each([2, 3, 4])('cannot slip in an answer to the bind that comes after it (message %d)', async (messageId) => {
    for (const separately of [false, true]) {
      await using injector = await startInjector(forgedBind(messageId), separately)
      await expect(ldap({ url: injector.url }, 1_000).signIn('ana', 'wrong')).rejects.toMatchObject({
        code: 'unreachable',
        retryable: false,
      })
    }
  })

  it('hears no password by refusing StartTLS, by nonsense, or by hanging up on the handshake', async () => {
    const refused = Buffer.from('300c02010178070a013404000400', 'hex')
    for (const answer of [refused, Buffer.from('not LDAP at all'), Buffer.from('3084ffffffff', 'hex'), started]) {
      await using impostor = await startImpostor(answer)
      const url = `ldap://127.0.0.1:${impostor.port}`
      await expect(ldap({ url }, 500).signIn('ana', 'ana-pw')).rejects.toMatchObject({
        code: expect.stringMatching(/unreachable|timeout/),
      })
      expect(impostor.heard().toString('latin1')).not.toMatch(/secret|ana-pw/)
    }
  })
})

describe('the settings of a directory', () => {
  const good: LdapSettings = {
    url: 'ldaps://dc.example.com',
    startTls: false,
    baseDn: 'dc=example,dc=com',
    nameAttribute: 'cn',
    mailAttribute: 'mail',
    nestedGroups: true,
  }
  const wrong: readonly (readonly [string, Partial<LdapSettings>, string])[] = [
    ['plain LDAP over a network', { url: 'ldap://dc.example.com' }, 'url'],
    ['plain LDAP to a name that only begins like loopback', { url: 'ldap://127.0.0.1.example.com' }, 'url'],
    ['another protocol', { url: 'https://dc.example.com' }, 'url'],
    ['a password in the URL', { url: 'ldaps://admin:secret@dc.example.com' }, 'url'],
    ['a DN in the URL', { url: 'ldaps://dc.example.com/dc=example' }, 'url'],
    ['StartTLS over TLS', { startTls: true }, 'startTls'],
    ['no base', { baseDn: ' ' }, 'baseDn'],
    ['an account without a password', { bindDn: 'cn=app', bindPassword: '' }, 'bindPassword'],
    ['a filter for everybody', { userFilter: '(objectClass=person)' }, 'userFilter'],
    ['a broken filter', { userFilter: '(uid={login}' }, 'userFilter'],
    ['a group filter without member', { groupFilter: '(cn=*)' }, 'groupFilter'],
    ['an attribute that is none', { nameAttribute: 'cn)(x' }, 'nameAttribute'],
    ['an authority that is none', { ca: 'nonsense' }, 'tls.ca'],
  ]
  it.each(wrong)('are refused with %s', (_what, more, at) => {
    expect(() => createLdap({ ...good, ...more }, { clock })).toThrow(expect.objectContaining({ code: 'invalid', at }))
  })

  it('are taken with TLS from the start, or on loopback', () => {
    createLdap(good, { clock })
    createLdap({ ...good, url: 'ldap://dc.example.com', startTls: true }, { clock })
    createLdap({ ...good, url: 'ldap://[::1]:3890' }, { clock })
  })
})
