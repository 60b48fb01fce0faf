import type { Page } from '@playwright/test'
import { generateSync } from 'otplib'
import { type IdentityProvider, startIdentityProvider } from '#e2e/app/peers/identity-provider.ts'
import { type Slapd, startSlapd } from '#e2e/app/peers/slapd.ts'
import type { Input } from '#preload/contract/define.ts'
import type { access } from '#preload/security/access.ts'
import type { Application } from '../app/application.ts'
import { expect } from '../app/fixtures.ts'

type Settings = Input<(typeof access)['operations']['setSettings']>

/** Logins and passwords of the directory: an administrator, an SRE, a release manager and a viewer, by their groups. */
export const people = {
  boss: { login: 'boss', password: 'boss-pw', name: 'Bo Ss' },
  ana: { login: 'ana', password: 'ana-pw', name: 'Ana Sre' },
  ben: { login: 'ben', password: 'ben-pw', name: 'Ben Release' },
  vera: { login: 'vera', password: 'vera-pw', name: 'Vera Viewer' },
} as const

const groupRoles: Settings['groupRoles'] = [
  { group: 'admins', role: 'admin' },
  { group: 'sre', role: 'sre' },
  { group: 'release', role: 'release-manager' },
  { group: 'viewers', role: 'viewer' },
]

const inDirectory = (uid: string, cn: string, password: string) =>
  [
    `uid=${uid},ou=people,dc=ops,dc=test`,
    { objectClass: 'inetOrgPerson', uid, cn, sn: cn, userPassword: password, mail: `${uid}@ops.test` },
  ] as const

const inGroup = (cn: string, uid: string) =>
  [
    `cn=${cn},ou=groups,dc=ops,dc=test`,
    { objectClass: 'groupOfNames', cn, member: `uid=${uid},ou=people,dc=ops,dc=test` },
  ] as const

/** A real OpenLDAP with these people in their groups. */
export const startDirectory = (): Promise<Slapd> =>
  startSlapd({
    entries: [
      inDirectory('boss', people.boss.name, people.boss.password),
      inDirectory('ben', people.ben.name, people.ben.password),
      inDirectory('vera', people.vera.name, people.vera.password),
      inGroup('admins', 'boss'),
      inGroup('release', 'ben'),
      inGroup('viewers', 'vera'),
    ],
  })

/** A real OpenID Connect provider that sends people back to the server host, with the administrator `boss`. */
export const startProvider = (): Promise<IdentityProvider> =>
  startIdentityProvider({
    callbackPath: '/sign-in/callback',
    users: { boss: { name: people.boss.name, email: 'boss@ops.test', groups: ['admins'] } },
  })

/** Has the workspace demand sign-in by the directory, as its owner would from the command line. */
export async function demandSignIn({ api }: Application, slapd: Slapd, change: Partial<Settings> = {}): Promise<void> {
  await api.access.createVault({ passphrase: 'correct horse battery staple' })
  await api.access.putProvider({
    provider: {
      kind: 'ldap',
      name: 'Directory',
      url: slapd.url,
      startTls: false,
      baseDn: slapd.baseDn,
      bindDn: slapd.adminDn,
      bindPassword: slapd.adminPassword,
    },
  })
  const settings = await api.access.settings({})
  await api.access.setSettings({
    ...settings,
    groupRoles,
    secondFactorRequired: false,
    signInRequired: true,
    ...change,
  })
}

/** The application's own address, by the name that passkeys need. */
export const addressOf = (link: string): string => new URL(link).origin.replace('127.0.0.1', 'localhost')

/** Opens the application as somebody who has no link: it asks who they are. */
export async function openSignIn(page: Page, application: Application, path = '/'): Promise<void> {
  await page.goto(`${addressOf(await application.link())}${path}`)
  await expect(page.getByRole('heading', { name: 'Sign in to Framework0' })).toBeVisible()
}

export async function typePassword(page: Page, login: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(login)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in with Directory' }).click()
}

export const signedIn = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name},`) })

/** Signs in by the directory. */
export async function signIn(page: Page, { login, password, name }: (typeof people)[keyof typeof people]) {
  await typePassword(page, login, password)
  await expect(signedIn(page, name)).toBeVisible()
}

/** Answers the pages of the provider in the tab that it opened. */
export async function signInAtProvider(tab: Page, login: string): Promise<void> {
  await tab.locator('input[name=login]').fill(login)
  await tab.locator('input[name=password]').fill('any')
  await tab.locator('button[type=submit]').click()
  await tab.getByRole('button', { name: 'Continue' }).click()
  await expect(tab.getByText('You are signed in.')).toBeVisible()
}

const stepSeconds = 30

/** What the authenticator app of a person shows; each step's code works once, so ask for a later one the next time. */
export const codeOf = (secret: string, stepsAhead = 0): string =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + stepsAhead * stepSeconds })

/** Sets up the authenticator app where the page offers it. @returns its secret. */
export async function enrolAuthenticator(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Set up' }).click()
  await expect(page.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible()
  const shown = await page.getByRole('status', { name: 'Secret for typing' }).innerText()
  const secret = shown.replaceAll(/\s/g, '')
  await page.getByLabel('The code it shows now').fill(codeOf(secret))
  return secret
}

/** Says that the recovery codes are saved. @returns them. */
export async function saveRecoveryCodes(page: Page): Promise<readonly string[]> {
  const dialog = page.getByRole('dialog', { name: 'Save your recovery codes' })
  await expect(dialog).toBeVisible()
  const codes = await dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts()
  await expect(dialog.getByRole('button', { name: 'Done' })).toBeDisabled()
  await dialog.getByLabel('I saved them').check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  return codes
}

/** A security key that is always touched, in the browser (WebDriver virtual authenticator over CDP). */
export async function plugSecurityKey(page: Page): Promise<void> {
  const client = await page.context().newCDPSession(page)
  await client.send('WebAuthn.enable')
  await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
