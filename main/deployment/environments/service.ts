import { v7 as uuid } from 'uuid'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import { mergeLayers } from '#preload/deployment/configuration.ts'
import type {
  Environment,
  EnvironmentDifference,
  EnvironmentInput,
  HostState,
  ServiceHealth,
} from '#preload/deployment/environments.ts'
import { differences } from './diff.ts'
import { checkExpiry, checkInput, checkPlace } from './draft.ts'
import { createFreezeReader, type Freezes } from './freeze.ts'
import { healthOf, nothingKnown } from './health.ts'
import { copySecrets, openSecrets, openSshKey, secretId, sshKeyName } from './secrets.ts'
import type { EnvironmentStore, StoredEnvironment } from './store.ts'

type Ports = {
  readonly store: EnvironmentStore
  readonly vault: Pick<Vault, 'prepare' | 'open' | 'remove' | 'fingerprints'>
  readonly clock: Clock
  /** What runs in an environment, by its checks. */
  readonly services: (environment: string) => Promise<readonly ServiceHealth[]>
  /** How the hosts are that its services run on; none for this machine. */
  readonly hosts: (environment: string) => Promise<readonly HostState[]>
  /** The names of the services that are placed in it. */
  readonly placed: (environment: string) => Promise<readonly string[]>
  /** @throws AppError `invalid` for what is no private key, or one that the passphrase does not open. */
  readonly checkSshKey: (key: { readonly privateKey: string; readonly passphrase: string }) => Promise<void>
  /**
   * Stops everything that runs in an environment, before it is removed. May be asked again after a crash.
   * @param leave lets run what cannot be stopped.
   */
  readonly retire: (environment: string, leave: boolean) => Promise<void>
  /** Told after a change is durable; resolves when it has taken effect. */
  readonly onChange: () => Promise<void> | void
}

type Changed = { readonly before: StoredEnvironment; readonly after: Environment }

/** What an environment gives the services that are rolled out to it now. */
type Given = {
  /** Merged from its layers. */
  readonly values: Readonly<Record<string, string>>
  /** Those that the vault has. The fingerprint is another one whenever the secret was set. */
  readonly secrets: readonly { readonly name: string; readonly fingerprint: string }[]
}

/** The stages that releases go through: settings in the workspace, secrets in the vault, health from what runs. */
export function createEnvironmentService(ports: Ports) {
  const { store, vault, clock, services, hosts, placed, checkSshKey, retire, onChange } = ports
  const leaving = new Set<string>()
  const readFreezes = createFreezeReader()

  /** A stored calendar that cannot be read any more (its series grew too long) holds everything up rather than nothing. */
  const heldBy = ({ freezeCalendar }: StoredEnvironment, now: number): Freezes => {
    try {
      return readFreezes(freezeCalendar, now)
    } catch (thrown) {
      const at = iso(now)
      return { current: { summary: asAppError(thrown).message, from: at, until: at }, next: null }
    }
  }

  const healthFrom = async (name: string): Promise<Environment['health']> => {
    try {
      const [running, machines] = await Promise.all([services(name), hosts(name)])
      return healthOf(running, iso(clock.now()), machines)
    } catch (thrown) {
      return nothingKnown(`What runs here cannot be told: ${asAppError(thrown).message}`)
    }
  }

  const shown = async (stored: StoredEnvironment): Promise<Environment> => {
    const { current, next } = heldBy(stored, clock.now())
    return { ...stored, frozen: current, nextFreeze: next, health: await healthFrom(stored.name) }
  }

  const find = async (name: string): Promise<StoredEnvironment> => {
    const stored = await store.find(name)
    if (stored) return stored
    throw new AppError('not_found', `There is no environment ${name}.`, { hint: 'Somebody may have removed it.' })
  }

  const get = async (name: string): Promise<Environment> => shown(await find(name))

  let turn: Promise<unknown> = Promise.resolve()
  /** Changes run one after another: each looks at names and places before it writes. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  /** Changes one that must exist, tells of it, and answers how it was and is. */
  const change = (name: string, work: (before: StoredEnvironment) => Promise<unknown>): Promise<Changed> =>
    exclusively(async () => {
      const before = await find(name)
      await work(before)
      await onChange()
      return { before, after: await get(name) }
    })

  const fresh = async (input: EnvironmentInput): Promise<StoredEnvironment> => {
    const now = iso(clock.now())
    const all = await store.list()
    return {
      ...input,
      id: uuid(),
      position: Math.max(-1, ...all.map(({ position }) => position)) + 1,
      secrets: [],
      sshKey: false,
      lock: null,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    }
  }

  const away = async (name: string): Promise<readonly HostState[]> =>
    (await placed(name)).length === 0 ? [] : (await hosts(name)).filter(({ reachable }) => !reachable)

  const removeNow = async (stored: StoredEnvironment, leave: boolean): Promise<void> => {
    leaving.add(stored.name)
    try {
      await retire(stored.name, leave)
      await vault.remove(keptOf(stored).map((secret) => secretId(stored.name, secret)))
      await store.remove(stored.name)
    } finally {
      leaving.delete(stored.name)
    }
    await onChange()
  }

  return {
    get,
    list: async (): Promise<Environment[]> => Promise.all((await store.list()).map(shown)),
    names: store.names,
    diff: async (left: string, right: string): Promise<EnvironmentDifference[]> =>
      differences(await get(left), await get(right)),

    create: (input: EnvironmentInput): Promise<Environment> =>
      exclusively(async () => {
        checkInput(input, clock.now(), null)
        const created = await fresh(input)
        await store.insert(created, async () => {})
        await onChange()
        return shown(created)
      }),

    update: (input: EnvironmentInput, revision: number): Promise<Changed> =>
      change(input.name, async (before) => {
        checkInput(input, clock.now(), before.expiresAt)
        checkPlace(before, input.target, await placed(before.name))
        const after = { ...before, ...input, revision: revision + 1, updatedAt: iso(clock.now()) }
        if (before.revision !== revision || !(await store.replace(after, revision))) throw changedMeanwhile(before.name)
      }),

    move: (name: string, position: number): Promise<Changed> =>
      change(name, async () => {
        const others = (await store.names()).filter((other) => other !== name)
        await store.arrange(others.toSpliced(position, 0, name))
      }),

    /** @throws AppError `locked` when the other has secrets and the vault is locked; nothing was added then. */
    clone: (from: string, name: string, expiresAt: string | null): Promise<Environment> =>
      exclusively(async () => {
        const source = await find(from)
        checkExpiry(expiresAt, clock.now())
        const { secrets, sshKey } = source
        const created = { ...(await fresh({ ...settingsOf(source), name, expiresAt })), secrets, sshKey }
        await store.insert(created, await copySecrets(vault, keptOf(source), from, name))
        await onChange()
        return shown(created)
      }),

    setLock: (name: string, lock: { readonly reason: string; readonly by: string } | null): Promise<Changed> =>
      change(name, () => store.setLock(name, lock && { ...lock, at: iso(clock.now()) })),

    setSecret: (name: string, secret: string, value: string): Promise<Changed> =>
      change(name, async () => store.addSecret(name, secret, await vault.prepare(secretId(name, secret), value))),

    removeSecret: (name: string, secret: string): Promise<Changed> =>
      change(name, async ({ secrets }) => {
        if (!secrets.includes(secret)) throw new AppError('not_found', `${name} has no secret ${secret}.`)
        await store.removeSecret(name, secret)
        await vault.remove([secretId(name, secret)])
      }),

    async setSshKey(name: string, key: Parameters<typeof checkSshKey>[0]): Promise<Changed> {
      await checkSshKey(key)
      return change(name, async () =>
        store.addSecret(name, sshKeyName, await vault.prepare(secretId(name, sshKeyName), JSON.stringify(key))),
      )
    },

    removeSshKey: (name: string): Promise<Changed> =>
      change(name, async ({ sshKey }) => {
        if (!sshKey) throw new AppError('not_found', `${name} has no private key for hosts.`)
        await store.removeSecret(name, sshKeyName)
        await vault.remove([secretId(name, sshKeyName)])
      }),

    /** Where its services run, and what opens the hosts at the moment of use. @throws AppError `not_found`. */
    async place(name: string) {
      const { target } = await find(name)
      return { target, key: async () => openSshKey(vault, name, (await find(name)).sshKey) }
    },

    /**
     * @param leaveHosts removes it although hosts are away; what runs on them stays.
     * @returns what was removed, and the hosts that something was left on.
     * @throws AppError `conflict` while it is locked, `unreachable` when a host is away; nothing was changed then.
     */
    remove: (name: string, leaveHosts = false): Promise<{ stored: StoredEnvironment; left: readonly string[] }> =>
      exclusively(async () => {
        const stored = await find(name)
        if (stored.lock)
          throw new AppError('conflict', `${name} is locked: ${stored.lock.reason}`, { hint: 'Unlock it first.' })
        const unreached = await away(name)
        if (unreached.length > 0 && !leaveHosts) throw notReached(name, unreached)
        await removeNow(stored, unreached.length > 0)
        return { stored, left: unreached.map(({ host }) => host) }
      }),

    /** Those whose time is over. A locked one stays until it is unlocked. */
    expired: async (): Promise<readonly { name: string; expiresAt: string }[]> =>
      (await store.list()).flatMap(({ name, expiresAt, lock }) =>
        expiresAt !== null && lock === null && Date.parse(expiresAt) <= clock.now() ? [{ name, expiresAt }] : [],
      ),

    /** @returns what was removed; null when it is gone already, or was given more time or a lock meanwhile. */
    removeExpired: (name: string, expiresAt: string): Promise<StoredEnvironment | null> =>
      exclusively(async () => {
        const stored = await store.find(name)
        if (!stored || stored.lock || stored.expiresAt !== expiresAt) return null
        const unreached = await away(name)
        if (unreached.length > 0) throw notReached(name, unreached)
        await removeNow(stored, false)
        return stored
      }),

    /** Can be had while the vault is locked. @throws AppError `not_found`. */
    async configuration(name: string): Promise<Given> {
      const { layers, secrets } = await find(name)
      const fingerprints = await vault.fingerprints(secrets.map((secret) => secretId(name, secret)))
      return {
        values: Object.fromEntries(mergeLayers(layers).map((each) => [each.name, each.value])),
        secrets: secrets.flatMap((secret) => {
          const fingerprint = fingerprints.get(secretId(name, secret))
          return fingerprint === undefined ? [] : [{ name: secret, fingerprint }]
        }),
      }
    },

    /** As they are now: all of them, or those that are named. @throws AppError `locked`, `not_found`. */
    async openSecrets(name: string, names?: readonly string[]): Promise<Record<string, string>> {
      return openSecrets(vault, name, names ?? (await find(name)).secrets)
    },

    /** Why nothing may be rolled out there at a moment (milliseconds), as a sentence; null when it may. */
    async mayChange(name: string, now: number): Promise<string | null> {
      const stored = await find(name)
      if (leaving.has(name)) return `${name} is being removed.`
      if (stored.lock) return `${name} is locked: ${stored.lock.reason}`
      const { current } = heldBy(stored, now)
      return current && `${name} is frozen until ${current.until}: ${current.summary}`
    },
  }
}

export type EnvironmentService = ReturnType<typeof createEnvironmentService>

/** The names of all that the vault keeps of it. */
const keptOf = ({ secrets, sshKey }: StoredEnvironment): string[] => [...secrets, ...(sshKey ? [sshKeyName] : [])]

const settingsOf = (stored: StoredEnvironment): Omit<EnvironmentInput, 'name' | 'expiresAt'> => ({
  description: stored.description,
  region: stored.region,
  owners: stored.owners,
  target: stored.target,
  layers: stored.layers,
  requiredApprovals: stored.requiredApprovals,
  freezeCalendar: stored.freezeCalendar,
})

const notReached = (name: string, hosts: readonly HostState[]): AppError =>
  new AppError(
    'unreachable',
    `${name} was not removed, and nothing in it was changed. ${hosts[0]?.says ?? ''}`.trim(),
    {
      hint: 'What runs there can only be stopped when its host answers. Try again then, or remove the environment here all the same.',
      retryable: false,
    },
  )

const changedMeanwhile = (name: string): AppError =>
  new AppError('conflict', `Somebody changed ${name} meanwhile; nothing was saved.`, {
    hint: 'Look at its present settings, then make your change again.',
  })
