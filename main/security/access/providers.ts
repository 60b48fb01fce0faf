import { v7 as uuid } from 'uuid'
import type { Ldap } from '#main/engines/ldap/ldap.ts'
import type { Oidc } from '#main/engines/oidc/oidc.ts'
import type { Saml } from '#main/engines/saml/saml.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { Provider, ProviderInput, SignInMethod } from '#preload/security/sign-in.ts'
import { type Engines, oidcSettings } from './engines.ts'
import type { ProviderStore, StoredProvider } from './store/providers.ts'

type Settings = StoredProvider['settings']

type Ports = {
  readonly store: ProviderStore
  readonly vault: Vault
  readonly engines: Engines
  /** Where the server host is served; null on the desktop, which has no address of its own. */
  readonly origin: () => string | null
}

const secretId = (provider: string): string => `access/provider/${provider}`
export const callbackPath = '/sign-in/callback'
export const samlPath = '/sign-in/saml'

/** The identity providers of the workspace, and the clients that speak to them. */
export function createProviders({ store, vault, engines, origin }: Ports) {
  let known: readonly StoredProvider[] = []
  const clients = new Map<string, { readonly key: string; readonly oidc: Oidc }>()

  const find = (id: string): StoredProvider => {
    const provider = known.find((candidate) => candidate.id === id)
    if (provider) return provider
    throw new AppError('not_found', 'There is no such identity provider.', { hint: 'Choose another way to sign in.' })
  }

  const shown = (provider: StoredProvider): Provider => ({ ...provider, register: registerOf(provider, origin()) })

  const opened = async ({ id, settings }: StoredProvider): Promise<ProviderInput> => {
    if (settings.kind === 'oidc')
      return { ...settings, ...(settings.hasClientSecret ? { clientSecret: await openSecret(id) } : {}) }
    if (settings.kind === 'ldap')
      return { ...settings, ...(settings.hasBindPassword ? { bindPassword: await openSecret(id) } : {}) }
    return settings
  }

  const openSecret = async (id: string): Promise<string> => {
    try {
      return await vault.open(secretId(id))
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'locked') throw thrown
      throw new AppError('locked', 'Nobody can sign in there while the vault is locked.', {
        hint: 'Whoever runs the application starts it with FRAMEWORK0_PASSPHRASE, or unlocks the vault.',
        cause: thrown,
      })
    }
  }

  const reload = async (): Promise<void> => {
    known = await store.list()
    for (const [id, { oidc }] of [...clients]) {
      if (known.some((provider) => provider.id === id)) continue
      clients.delete(id)
      void oidc.close()
    }
  }

  const oidcOf = async (provider: StoredProvider): Promise<Oidc> => {
    const key = JSON.stringify(provider)
    const kept = clients.get(provider.id)
    if (kept?.key === key) return kept.oidc
    const settings = await opened(provider)
    if (settings.kind !== 'oidc') throw wrongKind()
    const oidc = await engines.oidc(oidcSettings(settings))
    clients.set(provider.id, { key, oidc })
    void kept?.oidc.close()
    return oidc
  }

  /** The secret that goes with a changed provider: typed, or kept where it still goes to the same place. */
  const secretFor = (input: ProviderInput, own: StoredProvider | null): { typed: string | null; keeps: boolean } => {
    const typed = secretOf(input)
    const keeps = typed === null && own !== null && hasSecret(own.settings)
    if (keeps && placeOf(own.settings) !== placeOf(input))
      throw new AppError('invalid', 'The address changed, so the stored secret is not sent there.', {
        hint: 'Enter the secret again.',
        at: input.kind === 'ldap' ? 'provider.bindPassword' : 'provider.clientSecret',
      })
    return { typed, keeps }
  }

  return {
    reload,
    list: (): readonly Provider[] => known.map(shown),
    ids: (): ReadonlySet<string> => new Set(known.map(({ id }) => id)),
    find,
    oidc: async (id: string): Promise<Oidc> => oidcOf(find(id)),
    async ldap(id: string): Promise<Ldap> {
      const settings = await opened(find(id))
      if (settings.kind !== 'ldap') throw wrongKind()
      return engines.ldap(settings)
    },
    async saml(id: string, at: string): Promise<Saml> {
      const settings = await opened(find(id))
      if (settings.kind !== 'saml') throw wrongKind()
      return engines.saml(settings, at)
    },

    /** @param web whether the asker has a page that an identity provider can send a form to. */
    methods: (web: boolean): SignInMethod[] =>
      known
        .map(({ id, settings }) => ({ provider: id, kind: settings.kind, name: settings.name, flows: flows(settings) }))
        .filter(({ kind }) => kind !== 'saml' || web),

    /** @returns the provider as it was and as it is. */
    async put(id: string | undefined, revision: number | undefined, input: ProviderInput) {
      const own = id === undefined ? null : find(id)
      if (own && own.settings.kind !== input.kind) throw wrongKind()
      if (own && revision !== own.revision) throw changedMeanwhile()
      const { typed, keeps } = secretFor(input, own)
      const after: StoredProvider = {
        id: own?.id ?? uuid(),
        revision: (own?.revision ?? 0) + 1,
        settings: withoutSecret(input, typed !== null || keeps),
      }
      if (known.some((other) => other.id !== after.id && other.settings.name === after.settings.name))
        throw new AppError('conflict', `There is a provider ${after.settings.name} already.`, { at: 'provider.name' })
      await checked(input, typed ?? (keeps ? 'kept' : null))
      const secret = typed === null ? null : await vault.prepare(secretId(after.id), typed)
      if (!own) await store.insert(after, secret)
      else if (!(await store.replace(after, own.revision, secret))) throw changedMeanwhile()
      if (own && typed === null && !keeps) await vault.remove([secretId(own.id)])
      await reload()
      return { before: own, after: shown(after) }
    },

    async remove(id: string): Promise<StoredProvider> {
      const before = find(id)
      await store.remove(id)
      await vault.remove([secretId(id)])
      await reload()
      return before
    },

    /** Walks a provider step by step. Settings that are being typed win over stored ones. */
    async *test(id: string | undefined, input: ProviderInput | undefined, signal: AbortSignal) {
      const own = id === undefined ? null : find(id)
      if (!own && !input) throw new AppError('invalid', 'Give a provider to test, or the settings of one.')
      const keeps = input && own ? secretFor(input, own).keeps : false
      const stored = own && (keeps || !input) ? await opened(own) : null
      const settings = input ? { ...input, ...(stored ? secretFields(stored) : {}) } : stored
      if (settings?.kind === 'ldap') yield* (await engines.ldap(settings)).check({ signal })
      else if (settings?.kind === 'oidc') yield* walkOidc(await engines.oidc(oidcSettings(settings)), signal)
      else if (settings) yield* walkSaml(() => engines.saml(settings, origin() ?? 'https://localhost'))
    },

    async close(): Promise<void> {
      await Promise.all([...clients.values()].map(({ oidc }) => oidc.close()))
    },
  }

  /** Settings that cannot work are refused before they are stored. */
  async function checked(input: ProviderInput, secret: string | null): Promise<void> {
    if (input.kind === 'oidc') await (await engines.oidc(oidcSettings(input))).close()
    else if (input.kind === 'ldap') await engines.ldap({ ...input, ...(secret ? { bindPassword: secret } : {}) })
    else await engines.saml(input, origin() ?? 'https://localhost')
  }
}

export type Providers = ReturnType<typeof createProviders>

const flows = ({ kind }: Settings): SignInMethod['flows'] =>
  kind === 'oidc' ? ['browser', 'device'] : kind === 'ldap' ? ['password'] : ['browser']

const hasSecret = (settings: Settings): boolean =>
  settings.kind === 'oidc' ? settings.hasClientSecret : settings.kind === 'ldap' && settings.hasBindPassword

function secretOf(input: ProviderInput): string | null {
  const typed = input.kind === 'oidc' ? input.clientSecret : input.kind === 'ldap' ? input.bindPassword : undefined
  return typed || null
}

/** Where a secret is sent. */
const placeOf = (settings: Settings | ProviderInput): string =>
  settings.kind === 'oidc' ? settings.issuer : settings.kind === 'ldap' ? settings.url : settings.entryPoint

const secretFields = (stored: ProviderInput) =>
  stored.kind === 'oidc' && stored.clientSecret
    ? { clientSecret: stored.clientSecret }
    : stored.kind === 'ldap' && stored.bindPassword
      ? { bindPassword: stored.bindPassword }
      : {}

function withoutSecret(input: ProviderInput, has: boolean): Settings {
  if (input.kind === 'oidc') {
    const { clientSecret: _, ...settings } = input
    return { ...settings, hasClientSecret: has }
  }
  if (input.kind === 'ldap') {
    const { bindPassword: _, ...settings } = input
    return { ...settings, hasBindPassword: has }
  }
  return input
}

/** What the administrator of the provider has to enter there. */
function registerOf({ settings }: StoredProvider, origin: string | null): Provider['register'] {
  if (settings.kind === 'ldap') return []
  if (settings.kind === 'oidc')
    return [
      { name: 'Redirect address of the desktop', value: 'http://127.0.0.1/callback' },
      ...(origin ? [{ name: 'Redirect address of this server', value: `${origin}${callbackPath}` }] : []),
    ]
  return origin
    ? [
        { name: 'Assertion consumer service', value: `${origin}${samlPath}` },
        { name: 'Metadata', value: `${origin}${samlPath}/metadata` },
      ]
    : []
}

async function* walkOidc(oidc: Oidc, signal: AbortSignal) {
  const step = 'metadata'
  yield { step, status: 'running' as const }
  try {
    const { url } = await oidc.begin('http://127.0.0.1/callback', { signal })
    yield { step, status: 'ok' as const, detail: `People are sent to ${new URL(url).origin} to sign in.` }
  } catch (thrown) {
    yield failed(step, thrown)
  } finally {
    await oidc.close()
  }
}

async function* walkSaml(make: () => Promise<Saml>) {
  const step = 'metadata'
  yield { step, status: 'running' as const }
  try {
    const { url } = await (await make()).begin()
    yield { step, status: 'ok' as const, detail: `People are sent to ${new URL(url).origin} to sign in.` }
  } catch (thrown) {
    yield failed(step, thrown)
  }
}

function failed(step: string, thrown: unknown) {
  const { message, hint } = asAppError(thrown)
  return { step, status: 'failed' as const, detail: message, ...(hint ? { hint } : {}) }
}

const wrongKind = (): AppError =>
  new AppError('invalid', 'This provider works in another way.', { hint: 'Add another provider instead.' })

const changedMeanwhile = (): AppError =>
  new AppError('conflict', 'Somebody changed this provider meanwhile; nothing was saved.', {
    hint: 'Look at its present settings, then make your change again.',
  })
