import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Listening, listen } from '#e2e/app/peers/listen.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { createPasskeys, type Passkeys, type StoredPasskey } from './passkey.ts'

const executablePath = '/usr/bin/chromium'
const ana = { id: '0198f2a0-0000-7000-8000-00000000000a', name: 'ana', displayName: 'Ana Sre' }

let browser: Browser
let page: Page
let cdp: CDPSession
let server: Listening
let elsewhere: Listening
let authenticatorId: string
let clock: ReturnType<typeof manualClock>
let passkeys: Passkeys

const originOf = ({ port }: Listening) => `http://localhost:${port}`

/** Runs in the page, where there are no types: a ceremony by the browser itself, as JSON (WebAuthn Level 3 §5.1). */
const ceremony = (verb: 'create' | 'get', options: object): Promise<unknown> => {
  const parse = verb === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
  const publicKey = `PublicKeyCredential.${parse}(${JSON.stringify(options)})`
  return page.evaluate(`navigator.credentials.${verb}({ publicKey: ${publicKey} }).then((made) => made.toJSON())`)
}

async function register(name = 'Blue key'): Promise<StoredPasskey> {
  const { options, pending } = await passkeys.registrationOptions(ana, [])
  return passkeys.register(pending, await ceremony('create', options), name)
}

const plugIn = async (hasUserVerification: boolean) => {
  const options = {
    protocol: 'ctap2',
    transport: 'usb',
    hasResidentKey: true,
    hasUserVerification,
    isUserVerified: hasUserVerification,
    automaticPresenceSimulation: true,
  } as const
  return (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId
}

beforeAll(async () => {
  const blank = () => createServer((_request, response) => response.end('<!doctype html><title>Keys</title>'))
  ;[server, elsewhere] = [await listen(blank()), await listen(blank())]
  if (!existsSync(executablePath)) return
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  page = await browser.newPage()
  cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
})

afterAll(async () => {
  await browser?.close()
  await server.close()
  await elsewhere.close()
})

describe.runIf(existsSync(executablePath))('a passkey in Chromium', () => {
  beforeEach(async () => {
    clock = manualClock()
    passkeys = createPasskeys({ rpId: 'localhost', rpName: 'Framework0', origins: [originOf(server)] }, { clock })
    await page.goto(originOf(server))
    if (authenticatorId) await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    authenticatorId = await plugIn(true)
  })

  it('is registered, and signs its owner in with a counter that grows', async () => {
    const stored = await register()
    expect(stored).toMatchObject({ name: 'Blue key', transports: ['usb'] })
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored)
    const first = await passkeys.authenticationOptions(ana.id, [stored])
    const one = await passkeys.authenticate(first.pending, await ceremony('get', first.options), [stored])
    expect(one).toEqual({ id: stored.id, counter: expect.any(Number) })
    const second = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = await ceremony('get', second.options)
    const two = await passkeys.authenticate(second.pending, answer, [{ ...stored, counter: one.counter }])
    expect(two.counter).toBeGreaterThan(one.counter)
  })

  it('cannot answer the same challenge twice, nor one that has expired', async () => {
    const stored = await register()
    const { options, pending } = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = await ceremony('get', options)
    await passkeys.authenticate(pending, answer, [stored])
    await expect(passkeys.authenticate(pending, answer, [stored])).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'The answer of the passkey was used before.',
    })
    const late = await passkeys.authenticationOptions(ana.id, [stored])
    clock.advance(5 * 60_000)
    await expect(passkeys.authenticate(late.pending, answer, [stored])).rejects.toThrow('expired')
  })

  it('is refused when it answers another challenge', async () => {
    const stored = await register()
    const { options } = await passkeys.authenticationOptions(ana.id, [stored])
    const { pending } = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = await ceremony('get', options)
    await expect(passkeys.authenticate(pending, answer, [stored])).rejects.toThrow('another question')
  })

  it('is refused when its counter went backwards, as that of a copied key does', async () => {
    const stored = await register()
    const { options, pending } = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = await ceremony('get', options)
    await expect(passkeys.authenticate(pending, answer, [{ ...stored, counter: 9 }])).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('copied key'),
    })
  })

  it('is refused when the page was another one, for a new key as for a sign-in', async () => {
    const stored = await register()
    await page.goto(originOf(elsewhere))
    const { options, pending } = await passkeys.authenticationOptions(ana.id, [stored])
    await expect(passkeys.authenticate(pending, await ceremony('get', options), [stored])).rejects.toThrow(
      'another page',
    )
    const fresh = await passkeys.registrationOptions(ana, [])
    const made = await ceremony('create', fresh.options)
    await expect(passkeys.register(fresh.pending, made, 'Phished')).rejects.toThrow('new passkey was made for another')
  })

  it('is refused when it is bound to another domain', async () => {
    const stored = await register()
    const { options, pending } = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = await ceremony('get', options)
    const settings = { rpId: 'ops.example.com', rpName: 'Framework0', origins: [originOf(server)] }
    const other = createPasskeys(settings, { clock })
    await expect(other.authenticate(pending, answer, [stored])).rejects.toThrow('another domain')
  })

  it('is refused when nobody checked who holds it', async () => {
    const stored = await register()
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    const { options, pending } = await passkeys.authenticationOptions(ana.id, [stored])
    const lax = { ...options, userVerification: 'discouraged' }
    await expect(passkeys.authenticate(pending, await ceremony('get', lax), [stored])).rejects.toThrow('PIN')
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    authenticatorId = await plugIn(false)
    const fresh = await passkeys.registrationOptions(ana, [])
    const made = await ceremony('create', {
      ...fresh.options,
      authenticatorSelection: { userVerification: 'discouraged' },
    })
    await expect(passkeys.register(fresh.pending, made, 'Touch only')).rejects.toThrow('PIN')
  })

  it('is refused when one byte of what it signed was changed, and when it is another person’s', async () => {
    const stored = await register()
    const first = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = (await ceremony('get', first.options)) as { readonly response: { readonly signature: string } }
    const signature = Buffer.from(answer.response.signature, 'base64url')
    signature.writeUInt8(signature.readUInt8(12) ^ 1, 12)
    const forged = { ...answer, response: { ...answer.response, signature: signature.toString('base64url') } }
    await expect(passkeys.authenticate(first.pending, forged, [stored])).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const { options, pending } = await passkeys.authenticationOptions('bob', [stored])
    await expect(passkeys.authenticate(pending, await ceremony('get', options), [stored])).rejects.toThrow(
      'another person',
    )
    const again = await passkeys.authenticationOptions(ana.id, [])
    await expect(passkeys.authenticate(again.pending, answer, [])).rejects.toThrow('not registered')
  })

  it('is not registered twice on the same authenticator', async () => {
    const stored = await register()
    const { options } = await passkeys.registrationOptions(ana, [stored])
    await expect(ceremony('create', options)).rejects.toThrow('InvalidStateError')
  })

  it('cannot use the challenge of one purpose for the other', async () => {
    const stored = await register()
    const { options, pending } = await passkeys.authenticationOptions(ana.id, [stored])
    const answer = await ceremony('get', options)
    await expect(passkeys.register(pending, answer, 'x')).rejects.toThrow('another purpose')
  })
})
