import { v7 as uuid } from 'uuid'
import { type Endpoint, parseEndpointUrl } from '#main/engines/http/endpoint.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { SecretWrite, Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Connection, ConnectionInput, ConnectionState, TestStep } from '#preload/fleet/connections.ts'
import { neededSecrets, openEndpoint, placeOf, secretId, secretIds, typedSecrets, withoutSecrets } from './secrets.ts'
import type { ConnectionStore, StoredConnection } from './store.ts'

export type Dependent = { readonly kind: string; readonly count: number; readonly text: string }

/** A connection ready for use, or why it is not. */
export type Opened =
  | { readonly kind: 'ready'; readonly connection: StoredConnection; readonly endpoint: Endpoint }
  | { readonly kind: 'blocked'; readonly connection: StoredConnection; readonly error: AppError }

type Ports = {
  readonly store: ConnectionStore
  readonly vault: Vault
  readonly clock: Clock
  readonly stateOf: (connection: StoredConnection) => ConnectionState
  readonly dependents: (id: string) => Promise<readonly Dependent[]>
  readonly walk: (kind: Connection['kind'], endpoint: Endpoint, signal: AbortSignal) => AsyncIterable<TestStep>
  /** Told after a change is durable; resolves when it has taken effect. */
  readonly onChange: () => Promise<void>
}

/** Connections to external systems: their settings in the workspace, their secrets in the vault. */
export function createConnectionService({ store, vault, clock, stateOf, dependents, walk, onChange }: Ports) {
  const shown = (stored: StoredConnection): Connection => ({ ...stored, state: stateOf(stored) })

  const find = async (id: string): Promise<StoredConnection> => {
    const stored = await store.find(id)
    if (stored) return stored
    throw new AppError('not_found', 'This connection does not exist any more.')
  }

  /** Refuses what cannot work before anything changes. */
  const check = async (input: ConnectionInput, own: StoredConnection | null): Promise<string> => {
    const url = parseEndpointUrl(input.url).href
    const others = (await store.list()).filter((other) => other.id !== own?.id)
    const twin = others.find((other) => other.kind === input.kind && other.url === url)
    if (twin)
      throw new AppError('conflict', `${twin.name} already connects to this address.`, {
        hint: 'Edit that connection instead.',
        at: 'url',
      })
    if (others.some((other) => other.name.toLowerCase() === input.name.toLowerCase()))
      throw new AppError('conflict', `Another connection is called ${input.name}.`, {
        hint: 'Choose another name.',
        at: 'name',
      })
    if (
      Boolean(input.tls.certificate?.trim()) !==
      (input.tls.key !== undefined || Boolean(own?.tls.hasKey && input.tls.certificate?.trim()))
    )
      throw new AppError('invalid', 'A client certificate and its key belong together.', {
        hint: 'Give both, or neither.',
        at: 'tls.key',
      })
    return url
  }

  /** Every secret the settings call for must be typed now or be in the vault already. */
  const checkSecrets = (
    input: ConnectionInput,
    settings: Pick<StoredConnection, 'auth' | 'tls'>,
    own: StoredConnection | null,
  ): void => {
    const typed = typedSecrets(input)
    const kept = new Set(own ? neededSecrets(own) : [])
    for (const name of neededSecrets(settings))
      if (typed[name] === undefined && !kept.has(name))
        throw new AppError('invalid', `The ${name === 'header' ? 'header value' : name} is missing.`, {
          at: placeOf(name),
        })
  }

  /** Secrets must not follow a connection to another server without being typed again. */
  const checkRedirectedSecrets = (input: ConnectionInput, url: string, own: StoredConnection): void => {
    if (new URL(url).origin === new URL(own.url).origin) return
    const typed = typedSecrets(input)
    const missing = neededSecrets(withoutSecrets(input, own.tls.hasKey)).find((name) => typed[name] === undefined)
    if (missing)
      throw new AppError('invalid', 'The address changed, so the stored secret is not sent there by itself.', {
        hint: 'Enter the secret again for the new address.',
        at: placeOf(missing),
      })
  }

  const sealSecrets = async (id: string, input: ConnectionInput): Promise<SecretWrite> => {
    const writes: SecretWrite[] = []
    for (const [name, text] of Object.entries(typedSecrets(input)))
      writes.push(await vault.prepare(secretId(id, name as 'password'), text))
    return async (trx) => {
      for (const write of writes) await write(trx)
    }
  }

  let turn: Promise<unknown> = Promise.resolve()
  /** Changes run one after another: each looks at names, addresses and revisions before it writes. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  const openStored = async (connection: StoredConnection): Promise<Opened> => {
    try {
      return { kind: 'ready', connection, endpoint: await openEndpoint(connection, connection.id, {}, vault) }
    } catch (thrown) {
      if (thrown instanceof AppError) return { kind: 'blocked', connection, error: thrown }
      throw thrown
    }
  }

  return {
    list: async (): Promise<Connection[]> => (await store.list()).map(shown),
    get: async (id: string): Promise<Connection> => shown(await find(id)),
    dependents: async (id: string): Promise<Dependent[]> => {
      await find(id)
      return [...(await dependents(id))]
    },

    create: (input: ConnectionInput): Promise<Connection> =>
      exclusively(async () => {
        const url = await check(input, null)
        const settings = withoutSecrets(input, false)
        checkSecrets(input, settings, null)
        const now = iso(clock.now())
        const { kind, name, environment } = input
        const stored: StoredConnection = {
          id: uuid(),
          kind,
          name,
          url,
          environment,
          enabled: true,
          ...settings,
          revision: 1,
          createdAt: now,
          updatedAt: now,
        }
        for (const [name, text] of Object.entries(typedSecrets(input)))
          await vault.put(secretId(stored.id, name as 'password'), text)
        await store.insert(stored).catch(async (thrown: unknown) => {
          await vault.remove(secretIds(stored.id)).catch(() => {}) // why it failed says more
          throw thrown
        })
        await onChange()
        return shown(stored)
      }),

    update: (
      id: string,
      revision: number,
      input: ConnectionInput,
    ): Promise<{ before: StoredConnection; after: Connection }> =>
      exclusively(async () => {
        const before = await find(id)
        if (before.kind !== input.kind)
          throw new AppError('invalid', 'The kind of a connection cannot change.', { at: 'kind' })
        const url = await check(input, before)
        const settings = withoutSecrets(input, before.tls.hasKey)
        checkSecrets(input, settings, before)
        checkRedirectedSecrets(input, url, before)
        if (before.revision !== revision) throw changedMeanwhile()
        const secrets = await sealSecrets(id, input)
        const after: StoredConnection = {
          ...before,
          name: input.name,
          url,
          environment: input.environment,
          ...settings,
          revision: revision + 1,
          updatedAt: iso(clock.now()),
        }
        if (!(await store.replace(after, revision, secrets))) throw changedMeanwhile()
        const needed = new Set(neededSecrets(after).map((name) => secretId(id, name)))
        await vault.remove(secretIds(id).filter((secret) => !needed.has(secret)))
        await onChange()
        return { before, after: shown(after) }
      }),

    setEnabled: (id: string, enabled: boolean): Promise<{ before: StoredConnection; after: Connection }> =>
      exclusively(async () => {
        const before = await find(id)
        const after = { ...before, enabled, revision: before.revision + 1, updatedAt: iso(clock.now()) }
        if (!(await store.replace(after, before.revision, async () => {}))) throw changedMeanwhile()
        await onChange()
        return { before, after: shown(after) }
      }),

    remove: (id: string): Promise<StoredConnection> =>
      exclusively(async () => {
        const before = await find(id)
        await store.remove(id)
        await vault.remove(secretIds(id))
        await onChange()
        return before
      }),

    /** Walks an address without saving anything. With `id`, stored secrets fill what the draft leaves out. */
    async *test(
      id: string | undefined,
      draft: ConnectionInput | undefined,
      signal: AbortSignal,
    ): AsyncGenerator<TestStep> {
      const own = id === undefined ? null : await find(id)
      if (!draft && !own) throw new AppError('invalid', 'Give a connection to test, or the settings of one.')
      const settings = draft
        ? {
            name: draft.name,
            url: parseEndpointUrl(draft.url).href,
            ...withoutSecrets(draft, own?.tls.hasKey ?? false),
          }
        : (own as StoredConnection)
      if (draft && own) checkRedirectedSecrets(draft, settings.url, own)
      const typed = draft ? typedSecrets(draft) : {}
      const endpoint = await openEndpoint(settings, own?.id ?? null, typed, vault)
      yield* walk((draft ?? own)?.kind ?? 'prometheus', endpoint, signal)
    },

    /** Enabled connections with their secrets opened; for the engines. */
    async opened(): Promise<Opened[]> {
      const enabled = (await store.list()).filter((connection) => connection.enabled)
      return Promise.all(enabled.map(openStored))
    },

    /** The endpoint of one connection, for an action. @throws AppError when it is disabled or its vault is locked. */
    async endpoint(id: string): Promise<Endpoint> {
      const connection = await find(id)
      if (!connection.enabled)
        throw new AppError('conflict', `${connection.name} is disabled.`, { hint: 'Enable the connection first.' })
      const opened = await openStored(connection)
      if (opened.kind === 'blocked') throw opened.error
      return opened.endpoint
    },
  }
}

export type ConnectionService = ReturnType<typeof createConnectionService>

const changedMeanwhile = (): AppError =>
  new AppError('conflict', 'Somebody changed this connection meanwhile; nothing was saved.', {
    hint: 'Look at its present settings, then make your change again.',
  })
