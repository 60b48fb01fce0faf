import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { available } from '#e2e/app/peers/peer.ts'
import { type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import { type AccessTrial, startAccessTrial } from '#main/app/access-trial.ts'
import { possessionStatement } from './devices.ts'
import { totpCode } from './proof/totp.ts'

const minute = 60_000
let slapd: Slapd
let trial: AccessTrial
let id: string

describe.runIf(available('slapd'))('a second factor', () => {
  beforeAll(async () => {
    slapd = await startSlapd()
  })
  afterAll(() => slapd.stop())
  beforeEach(async () => {
    trial = await startAccessTrial()
    const { api, close } = trial.enter()
    id = (
      await api.putProvider({
        provider: {
          kind: 'ldap',
          name: 'Directory',
          url: slapd.url,
          startTls: false,
          bindDn: slapd.adminDn,
          bindPassword: slapd.adminPassword,
          baseDn: slapd.baseDn,
        },
      })
    ).id
    close()
    await trial.set({ signInRequired: true, groupRoles: [{ group: '*', role: 'admin' }] })
  })
  afterEach(() => trial.close())

  const enter = async (login = 'ana') => {
    const { api } = trial.enter()
    const me = await api.signInWithPassword({ provider: id, login, password: `${login}-pw` })
    return { api, me }
  }
  const codeNow = (secret: string): string => totpCode(secret, Math.floor(trial.clock.now() / 30_000))
  const enrol = async (api: Awaited<ReturnType<typeof enter>>['api']) => {
    const { secret, uri } = await api.beginTotp({})
    const { codes } = await api.confirmTotp({ code: codeNow(secret) })
    trial.clock.advance(minute) // the code of an enrolment is spent
    return { secret, uri, codes }
  }

  it('is enrolled once its first code is right, with recovery codes, and asked for at the next sign-in', async () => {
    const { api } = await enter()
    const { uri } = await api.beginTotp({})
    expect(uri).toContain('otpauth://totp/Framework0:ana%40ops.test')
    await expect(api.confirmTotp({ code: '000000' })).rejects.toMatchObject({ code: 'unauthenticated' })
    const { secret, codes } = await enrol(api)
    expect(codes).toHaveLength(10)
    expect(await api.factors({})).toEqual({ totp: true, passkeys: [], recoveryCodesLeft: 10 })
    const { api: next, me } = await enter()
    expect(me).toMatchObject({ state: 'second-factor', roles: [], proofs: ['totp', 'recovery-code'] })
    for (const call of [next.settings({}), next.lock({}), next.identities({}), next.devices({})])
      await expect(call).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await next.prove({ proof: { kind: 'totp', code: codeNow(secret) } })).toMatchObject({ state: 'signed-in' })
  })

  it('takes a code once, and a recovery code once', async () => {
    const { secret, codes } = await enrol((await enter()).api)
    const { api } = await enter()
    const code = codeNow(secret)
    await api.prove({ proof: { kind: 'totp', code } })
    await expect(api.prove({ proof: { kind: 'totp', code } })).rejects.toMatchObject({ code: 'unauthenticated' })
    const { api: next } = await enter()
    const recovery = { kind: 'recovery-code', code: codes[3] ?? '' } as const
    expect(await next.prove({ proof: recovery })).toMatchObject({ state: 'signed-in' })
    await expect(next.prove({ proof: recovery })).rejects.toMatchObject({ code: 'unauthenticated' })
    expect((await next.factors({})).recoveryCodesLeft).toBe(9)
  })

  it('cannot be replaced by the password, nor added to by who has not proved it', async () => {
    await enrol((await enter()).api)
    const { api } = await enter()
    await expect(api.prove({ proof: { kind: 'password', password: 'ana-pw' } })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    await expect(api.beginTotp({})).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(api.beginPasskey({})).rejects.toMatchObject({ code: 'unauthenticated' })
    expect((await api.me({})).state).toBe('second-factor')
  })

  it('is locked after five wrong codes, in every session of the person', async () => {
    const { secret } = await enrol((await enter()).api)
    const { api } = await enter()
    const wrong = { proof: { kind: 'totp', code: '000000' } } as const
    for (let count = 0; count < 5; count++)
      await expect(api.prove(wrong)).rejects.toMatchObject({ code: 'unauthenticated' })
    const right = () => ({ proof: { kind: 'totp', code: codeNow(secret) } }) as const
    await expect((await enter()).api.prove(right())).rejects.toMatchObject({ code: 'throttled' })
    trial.clock.advance(61_000)
    expect(await api.prove(right())).toMatchObject({ state: 'signed-in' })
  })

  it('must be enrolled first, and nothing else done, where everybody must have one', async () => {
    await trial.set({ secondFactorRequired: true })
    const { api, me } = await enter()
    expect(me).toMatchObject({ state: 'second-factor', proofs: [] })
    await expect(api.settings({})).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await api.factors({})).toMatchObject({ totp: false })
    await enrol(api)
    expect((await api.me({})).state).toBe('signed-in')
    await expect(api.removeFactor({ kind: 'totp' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is not enrolled by somebody who is nobody, or whose session is locked', async () => {
    const { api: nobody } = trial.enter()
    await expect(nobody.beginTotp({})).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(nobody.factors({})).rejects.toMatchObject({ code: 'unauthenticated' })
    const { api } = await enter()
    await api.lock({})
    await expect(api.beginTotp({})).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is added to only after a fresh proof', async () => {
    const { api } = await enter()
    const { secret } = await enrol(api)
    trial.clock.advance(11 * minute)
    await expect(api.beginTotp({})).rejects.toMatchObject({ code: 'step_up' })
    await api.prove({ proof: { kind: 'totp', code: codeNow(secret) } })
    expect(await api.beginTotp({})).toHaveProperty('secret')
  })

  it('that was lost is taken away by an administrator, and enrolled anew', async () => {
    const { api } = await enter()
    await enrol(api)
    const { api: admin } = await enter('aud')
    const { id: ana } = await api.me({})
    expect(await admin.resetFactors({ id: ana ?? '', reason: 'Phone lost' })).toMatchObject({
      factors: { totp: false, recoveryCodesLeft: 0 },
    })
    expect(trial.written.at(-1)).toEqual({ operation: 'access.resetFactors', outcome: 'succeeded', targets: [ana] })
    expect((await enter()).me.state).toBe('signed-in')
  })

  it('by passkey needs a page with a name', async () => {
    const { api } = await enter()
    await expect(api.beginPasskey({})).rejects.toMatchObject({ code: 'unsupported' })
  })

  describe('and a device', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64')
    const proofFor = (identity: string) =>
      sign(null, Buffer.from(possessionStatement(identity, raw)), privateKey).toString('base64')

    it('is enrolled by who has its key, for themselves, once', async () => {
      const { api, me } = await enter()
      const wrong = { name: 'Laptop', publicKey: raw, signature: proofFor('somebody-else') }
      await expect(api.enrolDevice(wrong)).rejects.toMatchObject({ code: 'invalid', at: 'signature' })
      const input = { ...wrong, signature: proofFor(me.id ?? '') }
      const device = await api.enrolDevice(input)
      expect(device).toMatchObject({ identity: me.id, publicKey: raw, revokedAt: null })
      expect(trial.written.at(-1)).toEqual({
        operation: 'access.enrolDevice',
        outcome: 'succeeded',
        targets: [device.id, me.id],
      })
      await expect(api.enrolDevice(input)).rejects.toMatchObject({ code: 'conflict' })
      expect(await api.devices({})).toEqual([device])
    })

    it('is revoked from the moment it was lost, never later than before', async () => {
      const { api, me } = await enter()
      const device = await api.enrolDevice({ name: 'Laptop', publicKey: raw, signature: proofFor(me.id ?? '') })
      const lostAt = new Date(trial.clock.now() - 60 * minute).toISOString()
      const revoked = await api.revokeDevice({ id: device.id, reason: 'Stolen', lostAt })
      expect(revoked.revokedAt).toBe(lostAt)
      expect((await api.revokeDevice({ id: device.id, reason: 'Again' })).revokedAt).toBe(lostAt)
    })
  })
})
