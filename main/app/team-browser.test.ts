import { existsSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listening, listen } from '#e2e/app/peers/listen.ts'
import { type AccessTrial, startAccessTrial } from './access-trial.ts'
import { removeFolder, temporaryFolder } from './trial.ts'
import { startWebHost, type WebHost } from './web-host.ts'

const executablePath = '/usr/bin/chromium'

/** Cookies and who sends them where are a browser's business, so a real one is asked. */
describe.runIf(existsSync(executablePath))('a browser at the server host of a team', () => {
  const folder = temporaryFolder('team-browser')
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let trial: AccessTrial
  let host: WebHost
  let elsewhere: Listening
  let home: string
  let sendsTo = ''

  beforeAll(async () => {
    await mkdir(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>')
    trial = await startAccessTrial()
    const { api } = trial.enter()
    const ldap = {
      kind: 'ldap',
      name: 'Directory',
      url: 'ldap://127.0.0.1:1',
      startTls: false,
      baseDn: 'dc=x',
    } as const
    await api.putProvider({ provider: ldap })
    await trial.set({ signInRequired: true, groupRoles: [{ group: '*', role: 'admin' }] })
    host = await startWebHost({
      listen: { address: '127.0.0.1', port: 0, tls: null, hosts: ['localhost'] },
      renderer: folder,
      router: trial.router,
      open: trial.access.openSession,
      readOnly: false,
      access: trial.web,
    })
    home = host.address().slice(0, -1)
    elsewhere = await listen(
      createServer((request, response) => {
        if (request.url === '/redirect') response.writeHead(302, { location: sendsTo }).end()
        else
          response.end(
            `<!doctype html><a href="${sendsTo}">go</a><form method="post" action="${sendsTo}"><input name="RelayState" value="x"><button>post</button></form>`,
          )
      }),
    )
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    context = await browser.newContext()
    page = await context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await elsewhere.close()
    await host.close()
    await trial.close()
    removeFolder(folder)
  })

  const cookie = async (): Promise<string | undefined> =>
    (await context.cookies(home)).find(({ name }) => name.startsWith('framework0'))?.value
  const site = (path = '/'): string => `http://127.0.0.1:${elsewhere.port}${path}`

  it('gets a cookie that no script sees', async () => {
    await page.goto(`${home}/alerts`)
    expect(await page.title()).toBe('page')
    expect(await cookie()).toMatch(/^[\w-]{43}$/)
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  it('keeps it when another site leads here, by a link or by a redirect', async () => {
    const before = await cookie()
    sendsTo = `${home}/alerts?alert=x`
    await page.goto(site())
    await page.click('a')
    await page.waitForFunction('document.title === "page"')
    expect([page.url(), await cookie()]).toEqual([sendsTo, before])
    await page.goto(site())
    await page.goto(site('/redirect'))
    await page.waitForFunction('document.title === "page"')
    expect(await cookie()).toBe(before)
  })

  it('brings it along when it comes back from an identity provider', async () => {
    const keys: (string | null)[] = []
    const { callback } = trial.web
    Object.assign(trial.web, {
      callback: (url: URL, key: string | null) => {
        keys.push(key)
        return callback(url, key)
      },
    })
    sendsTo = `${home}/sign-in/callback?state=a&code=b`
    await page.goto(site())
    await page.click('a')
    await page.waitForURL(`${home}/sign-in/finish?state=a&code=b`)
    expect(keys).toEqual([await cookie()])
    expect(await page.textContent('body')).toContain('was not begun in this browser')
  })

  it('has its forms from other sites taken nowhere but where SAML posts to', async () => {
    sendsTo = `${home}/alerts`
    await page.goto(site())
    const [answer] = await Promise.all([page.waitForResponse(sendsTo), page.click('button')])
    expect(answer.status()).toBe(405)
    sendsTo = `${home}/sign-in/saml`
    await page.goto(site())
    const [form] = await Promise.all([page.waitForResponse(sendsTo), page.click('button')])
    expect(form.status()).toBe(400)
  })

  it('opens the bridge from its own page, and from no other', async () => {
    const opens = (from: string) =>
      page
        .goto(from)
        .then(() =>
          page.evaluate(
            `new Promise((resolve) => { const s = new WebSocket('${home.replace('http', 'ws')}/bridge'); s.onopen = () => resolve('open'); s.onerror = () => resolve('closed') })`,
          ),
        )
    expect(await opens(`${home}/`)).toBe('open')
    expect(await opens(site())).toBe('closed')
  })

  it('enrols a passkey as the first factor somebody must have, and proves it at the next sign-in', async () => {
    await trial.set({ secondFactorRequired: true })
    await page.goto(`${home}/`)
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    const key = {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      automaticPresenceSimulation: true,
    } as const
    const options = { ...key, hasUserVerification: true, isUserVerified: true }
    await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
    /** What the page does with the options it gets. */
    const ceremony = (verb: 'create' | 'get', given: string): Promise<string> => {
      const parse = verb === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
      const publicKey = `PublicKeyCredential.${parse}(${given})`
      return page.evaluate(
        `navigator.credentials.${verb}({ publicKey: ${publicKey} }).then((made) => JSON.stringify(made))`,
      )
    }
    const signIn = async () => {
      const { api, key: from } = trial.enter({ via: 'browser', origin: home })
      const [provider = ''] = trial.access.providers.ids()
      const told = { provider: 'ldap', issuer: 'x', subject: 'ana', name: 'Ana', email: null, groups: [] } as const
      const external = { ...told, authenticatedAt: trial.clock.now(), secondFactor: false }
      const live = trial.access.sessions.find((await api.me({})).session)
      if (!live) throw new Error('There is no session.')
      const vouched = { external, provider, login: 'ana', tokens: null }
      const { exchange } = await trial.access.arrivals.arrive(live, vouched, trial.clock.now())
      const own = trial.web.exchange(exchange ?? '', from) ?? ''
      return trial.enter({ via: 'browser', origin: home, key: own }).api
    }
    const first = await signIn()
    expect(await first.me({})).toMatchObject({ state: 'second-factor', proofs: [] })
    const made = await ceremony('create', (await first.beginPasskey({})).options)
    expect((await first.confirmPasskey({ name: 'Blue key', response: made })).codes).toHaveLength(10)
    expect(await first.me({})).toMatchObject({ state: 'signed-in', proofs: ['passkey', 'recovery-code', 'password'] })
    const next = await signIn()
    expect(await next.me({})).toMatchObject({ state: 'second-factor', proofs: ['passkey', 'recovery-code'] })
    const response = await ceremony('get', (await next.passkeyChallenge({})).options)
    expect(await next.prove({ proof: { kind: 'passkey', response } })).toMatchObject({ state: 'signed-in' })
    await expect(next.prove({ proof: { kind: 'passkey', response } })).rejects.toMatchObject({ code: 'invalid' })
    expect((await next.factors({})).passkeys).toMatchObject([{ name: 'Blue key', lastUsedAt: expect.any(String) }])
  })
})
