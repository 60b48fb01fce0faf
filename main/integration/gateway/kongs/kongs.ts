import { hash } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { type Endpoint, parseEndpointUrl } from '#main/engines/http/endpoint.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { GatewayKongs, KongInput, KongPlan } from '#preload/integration/other-gateways.ts'
import type { Changes } from '../changes.ts'
import { type KongDocument, kongDocument } from '../export/kong.ts'
import { createOfferedFiles } from '../offered-files.ts'
import { emptyHash, openKongAdmin } from './admin-api.ts'
import { tellUngiven } from './ungiven.ts'
import { type Offer, type WatchedKong, watchKong } from './watched-kong.ts'

const settingKey = 'gateway.kongs'
const exampleUrl = 'http://127.0.0.1:8001'
const storedKong = z.object({
  name: z.string(),
  url: z.string(),
  /** Where the vault keeps its token; null where it asks for none. */
  token: z.string().nullable(),
  authority: z.string(),
  /** See `watchKong`. */
  given: z.string(),
})
type StoredKong = z.infer<typeof storedKong>
const setting = z.object({ kongs: z.array(storedKong).default([]) })

type Ports = {
  readonly settings: Settings
  readonly vault: Pick<Vault, 'open' | 'put' | 'remove'>
  readonly clock: Clock
  readonly refusal: string | null
  /** Milliseconds between two looks at each. */
  readonly everyMs: number
  readonly onChange: () => void
  /** A Kong was given everything again although nothing had changed here. */
  readonly onAgain: (kong: string, why: string) => void
  readonly onFault: (kong: string, thrown: unknown) => void
}

export type ConnectKong = KongInput & { readonly known: boolean; readonly replaces: string | null }
export type Kongs = ReturnType<typeof createKongs>

/** The Kongs without a database that are given the files whose Gateways have the class `kong`. */
export function createKongs({ settings, vault, clock, refusal, everyMs, onChange, onAgain, onFault }: Ports) {
  const watched = new Map<string, WatchedKong>()
  let offer: Offer | null = null
  const files = createOfferedFiles((whole, tell) => {
    tellUngiven(whole, tell)
    offer = offerOf(kongDocument(whole, tell))
    for (const each of watched.values()) each.look()
  })

  const list = async (): Promise<readonly StoredKong[]> =>
    refusal === null ? (await settings.get(settingKey, setting)).kongs : []
  const change = (to: (kongs: readonly StoredKong[]) => readonly StoredKong[]) =>
    settings.update(settingKey, setting, ({ kongs }) => ({ kongs: [...to(kongs)] }))
  const find = async (name: string): Promise<StoredKong> => {
    const found = (await list()).find((each) => each.name === name)
    if (found) return found
    throw new AppError('not_found', `No Kong called ${name} is connected.`, { hint: 'Somebody may have removed it.' })
  }

  const watch = ({ name, ...stored }: StoredKong): void => {
    watched.get(name)?.stop()
    const kong = watchKong({
      ...{ clock, everyMs, onChange, given: stored.given, offered: () => offer },
      open: async () => {
        const token = stored.token === null ? '' : await vault.open(stored.token)
        return openKongAdmin(endpointOf({ name, url: stored.url, authority: stored.authority, token }))
      },
      async remember(given) {
        const same = (each: StoredKong) => each.name === name && each.url === stored.url && each.token === stored.token
        await change((kongs) => kongs.map((each) => (same(each) ? { ...each, given } : each)))
      },
      onAgain: (why) => onAgain(name, why),
      onFault: (thrown) => onFault(name, thrown),
    })
    watched.set(name, kong)
  }

  const shown = async (): Promise<GatewayKongs> => ({
    refusal,
    files: files.names(),
    findings: files.findings(),
    kongs: (await list())
      .flatMap(({ name, url, token, authority }) => {
        const seen = watched.get(name)?.seen()
        return seen ? [{ name, url, hasToken: token !== null, authority, ...seen }] : []
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  })

  /** Asks it what it is, and what of somebody else's it has. */
  const inquire = async (input: KongInput, signal?: AbortSignal) => {
    if (refusal !== null) throw new AppError('unsupported', refusal)
    const endpoint = endpointOf(input)
    const before = (await list()).find(({ name, url }) => name === input.name && url === endpoint.url)
    const api = openKongAdmin(endpoint)
    try {
      const version = await api.version(signal)
      const has = await api.hash(signal)
      const ours = has === emptyHash || has === before?.given || has === offer?.hash
      return { version, hash: has, present: ours ? null : { hash: has, ...(await api.counts(signal)) } }
    } finally {
      await api.close()
    }
  }

  const connect = async (input: ConnectKong, signal?: AbortSignal) => {
    const { name, authority, known, replaces } = input
    const url = parseEndpointUrl(input.url, exampleUrl).href
    const kongs = await list()
    const before = kongs.find((each) => each.name === name) ?? null
    checkName(name, before, known)
    const twin = kongs.find((each) => each.url === url && each.name !== name)
    if (twin) throw new AppError('conflict', `${twin.name} is at this address already.`, { at: 'url' })
    const { hash: given, present } = await inquire(input, signal)
    if (present !== null && present.hash !== replaces) throw foreign(name, present)
    const token = input.token.trim() === '' ? null : `gateway-kong:${uuid()}`
    const after: StoredKong = { name, url, token, authority: authority.trim(), given }
    if (token !== null) await vault.put(token, input.token.trim())
    try {
      await change((all) => [...all.filter((each) => each.name !== name), after])
    } catch (thrown) {
      if (token !== null) await vault.remove([token])
      throw thrown
    }
    if (before?.token) await vault.remove([before.token])
    watch(after)
    onChange()
    return {
      before: before && recorded(before),
      after: { ...recorded(after), replaced: present },
      shown: await shown(),
    }
  }

  const remove = async (name: string) => {
    const before = await find(name)
    await change((kongs) => kongs.filter((each) => each.name !== name))
    watched.get(name)?.stop()
    watched.delete(name)
    if (before.token !== null) await vault.remove([before.token])
    onChange()
    return { before: recorded(before), shown: await shown() }
  }

  return {
    get: shown,
    async plan(input: KongInput, signal?: AbortSignal): Promise<KongPlan> {
      const { version, present } = await inquire(input, signal)
      const given = { services: offer?.services ?? 0, routes: offer?.routes ?? 0, files: files.names() }
      return { version, present, given }
    },
    connect: (input: ConnectKong, changes: Changes, signal?: AbortSignal) =>
      changes.inTurn(() => connect(input, signal)),
    remove: (name: string, changes: Changes) => changes.inTurn(() => remove(name)),
    ...{ file: files.file, put: files.put, drop: files.drop },
    /** Why its files are not in force at every Kong; null when they are. */
    async standing(): Promise<string | null> {
      if (refusal !== null) return refusal
      const { kongs } = await shown()
      if (kongs.length === 0) return 'No Kong is connected. Connect one under Kong.'
      const without = kongs.filter(({ state }) => state !== 'in force').map(({ name }) => name)
      return without.length === 0 ? null : `Not every Kong has it: ${without.join(', ')}. See under Kong.`
    },
    /** Gives each what is in force, and looks after it from now on. What is to be in force has been put before. */
    async open(): Promise<void> {
      for (const kong of await list()) watch(kong)
    },
    /** Tokens can be opened again, or no longer. */
    vaultChanged(): void {
      for (const each of watched.values()) each.look()
    },
    close(): void {
      for (const each of watched.values()) each.stop()
      watched.clear()
    },
  }
}

function offerOf(document: KongDocument): Offer {
  const { services, upstreams, consumers } = document
  // As JSON: what YAML 1.1, which Kong reads, takes for something else stays text.
  const text = JSON.stringify(document)
  const routes = services.reduce((sum, service) => sum + service.routes.length, 0)
  const empty = services.length + upstreams.length + consumers.length === 0
  return { text, hash: empty ? emptyHash : hash('md5', text), services: services.length, routes }
}

function endpointOf({ name, url, authority, token }: KongInput): Endpoint {
  const ca = authority.trim()
  return {
    ...{ name, url: parseEndpointUrl(url, exampleUrl).href, tls: ca === '' ? {} : { ca } },
    auth: token.trim() === '' ? { kind: 'none' } : { kind: 'header', name: 'Kong-Admin-Token', value: token },
  }
}

function checkName(name: string, before: StoredKong | null, known: boolean): void {
  if (before && !known)
    throw new AppError('conflict', `A Kong called ${name} is connected already.`, {
      ...{ at: 'name', hint: 'Choose another name, or change that one.' },
    })
  if (!before && known)
    throw new AppError('conflict', `${name} was removed meanwhile.`, { at: 'name', hint: 'Connect it anew.' })
}

const foreign = (name: string, { services, routes }: NonNullable<KongPlan['present']>): AppError =>
  new AppError('conflict', `${name} has a configuration of somebody else: services: ${services}, routes: ${routes}.`, {
    hint: 'Nothing was sent. Look at what would be replaced, and confirm it.',
  })

/** What of a connection the audit log keeps. */
const recorded = ({ name, url, token }: StoredKong) => ({ name, url, withToken: token !== null })
