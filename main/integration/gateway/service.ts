import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type {
  GatewayCheck,
  GatewayExport,
  GatewayFile,
  GatewayFormat,
  GatewayRoute,
  GatewayStatus,
} from '#preload/integration/gateway.ts'
import { besideOthers } from './beside-others.ts'
import { keyedOf, openKeys, withKeys } from './certificate-keys.ts'
import type { CertificateStore } from './certificate-store.ts'
import { createCertificates } from './certificates.ts'
import { createChanges } from './changes.ts'
import { dividedPlane } from './divided-plane.ts'
import type { Envoys } from './envoys/envoys.ts'
import { exportFile } from './export/export.ts'
import { problemText, type ReadFile, readFile, summaryOf } from './file.ts'
import type { FileConfig, GatewayPlane } from './gateway-plane.ts'
import type { ConnectKong, Kongs } from './kongs/kongs.ts'
import { createMetricsAddress } from './metrics-address.ts'
import { routesOf } from './routes.ts'
import type { GatewayApiSecrets } from './secret-references.ts'
import type { GatewayFileStore, StoredFile } from './store.ts'

type Ports = {
  readonly store: GatewayFileStore
  readonly certificates: CertificateStore
  readonly vault: Pick<Vault, 'open' | 'prepare' | 'remove'>
  readonly settings: Settings
  /** The gateway of this machine. */
  readonly here: GatewayPlane
  readonly envoys: Envoys
  readonly kongs: Kongs
  readonly clock: Clock
  /** Why no file can be served here at all; null where one can. */
  readonly refusal: string | null
  readonly onChange: () => void
  /** What could not be put in force although nobody asked for it just now. */
  readonly onProblem: (file: string, thrown: unknown) => void
}

const measuredMs = 300_000
const notServed = 'The gateway does not serve it. Save it again.'

/** The Gateway API files of the workspace, kept and in force, and what the gateway tells. */
export function createGatewayService(ports: Ports) {
  const { store, vault, here, envoys, kongs, clock, refusal, onChange, onProblem } = ports
  const others = { envoys, kongs }
  const plane = dividedPlane(here, others)
  const changes = createChanges(plane)
  const readAll = async (secrets: GatewayApiSecrets): Promise<ReadonlyMap<string, ReadFile>> =>
    new Map((await store.list()).map(({ name, text }) => [name, readFile(text, secrets)] as const))
  const certificates = createCertificates({
    ...{ vault, clock, refusal, changes, readAll, onChange },
    store: ports.certificates,
  })

  const shown = async (file: StoredFile, secrets: GatewayApiSecrets): Promise<GatewayFile> => {
    const { config, problems } = readFile(file.text, secrets)
    const why = refusal ?? (await standing(file.name, config))
    return {
      ...{ ...file, problems: [...problems], listeners: config.listeners.length },
      refusal: problems.length > 0 ? 'It has problems.' : why,
    }
  }
  const standing = async (name: string, config: FileConfig): Promise<string | null> => {
    if (!plane.servedFile(name)) return whyNotServed(config, vault)
    if (config.servedBy !== undefined) return others[config.servedBy].standing()
    return (await plane.shut()).get(name) || null
  }
  /** The file of this name as it would be served beside what is. */
  const readBeside = (name: string | null, text: string, secrets: GatewayApiSecrets): ReadFile =>
    besideOthers(name, readFile(text, secrets), plane.taken())
  const save = async (name: string, text: string, revision: number | null) => {
    if (refusal !== null) throw new AppError('unsupported', refusal)
    const secrets = await certificates.secrets()
    const { config, problems } = readBeside(name, text, secrets)
    if (problems.length > 0) throw problematic(name, problems)
    const before = await store.find(name)
    if ((before?.revision ?? null) !== revision) throw changed(name, before)
    const after = { name, text, revision: (revision ?? 0) + 1, updatedAt: iso(clock.now()) }
    await changes.together(new Map([[name, await openKeys(config, vault)]]), async () => {
      if (!(await store.save(after))) throw changed(name, await store.find(name))
    })
    onChange()
    return { before, after: await shown(after, secrets) }
  }
  const remove = async (name: string): Promise<StoredFile> => {
    const before = await store.find(name)
    if (!before) throw missing(name)
    await plane.withdrawFile(name)
    await store.remove(name)
    onChange()
    return before
  }
  const sound = async (): Promise<(readonly [string, FileConfig])[]> =>
    [...(await readAll(await certificates.secrets()))]
      .filter(([, { problems }]) => problems.length === 0)
      .map(([name, { config }]) => [name, config] as const)

  return {
    certificates,
    metricsAddress: createMetricsAddress({ ...ports, plane, changes }),
    envoys: { get: envoys.get, set: (port: number | null) => envoys.set(port, changes) },
    kongs: {
      ...{ get: kongs.get, plan: kongs.plan },
      connect: (input: ConnectKong, signal?: AbortSignal) => kongs.connect(input, changes, signal),
      remove: (name: string) => kongs.remove(name, changes),
    },
    list: async (): Promise<GatewayFile[]> => {
      const secrets = await certificates.secrets()
      return Promise.all((await store.list()).map((file) => shown(file, secrets)))
    },
    check: async (text: string, name: string | null): Promise<GatewayCheck> =>
      summaryOf(readBeside(name, text, await certificates.secrets())),
    async export(name: string, format: GatewayFormat): Promise<GatewayExport> {
      const file = await store.find(name)
      if (!file) throw missing(name)
      return exportFile(name, readFile(file.text, await certificates.secrets()), format)
    },
    save: (name: string, text: string, revision: number | null) => changes.inTurn(() => save(name, text, revision)),
    remove: (name: string) => changes.inTurn(() => remove(name)),
    async status(): Promise<GatewayStatus> {
      const gateway = await plane.status()
      if (gateway === null) return { absence: 'No gateway runs here: nothing is served.', gateway: null }
      return { absence: null, gateway: structuredClone(gateway) as GatewayStatus['gateway'] }
    },
    async routes(): Promise<GatewayRoute[]> {
      const now = clock.now()
      return routesOf(await plane.measure(iso(now - measuredMs)), plane.pairs(), now)
    },
    accessLog: plane.accessLog,
    metrics: async () => ({ text: (await plane.metrics()) ?? '' }),

    /**
     * What is to be in force here, of the files that have no problem; the others are offered theirs. Where the vault is
     * locked, keys are left out: a gateway that went on meanwhile still has them.
     */
    async toServe(): Promise<ReadonlyMap<string, FileConfig>> {
      if (refusal !== null) return new Map()
      const all = await sound()
      for (const [name, config] of all) if (config.servedBy !== undefined) others[config.servedBy].put(name, config)
      const opened = all
        .filter(([, config]) => config.servedBy === undefined)
        .map(
          async ([name, config]) =>
            [name, await openKeys(config, vault).catch(() => withKeys(config, () => ''))] as const,
        )
      return new Map(await Promise.all(opened))
    },

    /** The vault was opened or locked: what waited for its keys is put in force. */
    vaultChanged: (): Promise<void> =>
      changes.inTurn(async () => {
        const keyed = refusal === null ? (await sound()).filter(([, config]) => keyedOf(config).length > 0) : []
        for (const [name, config] of keyed) {
          const opened = await openKeys(config, vault).catch(() => null)
          if (opened) await plane.serveFile(name, opened).catch((thrown: unknown) => onProblem(name, thrown))
        }
        if (keyed.length > 0) onChange()
      }),
  }
}

export type GatewayService = ReturnType<typeof createGatewayService>

async function whyNotServed(config: FileConfig, vault: Pick<Vault, 'open'>): Promise<string> {
  try {
    await openKeys(config, vault)
    return notServed
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return `${thrown.message} ${thrown.hint ?? ''}`.trim()
  }
}

const missing = (name: string): AppError =>
  new AppError('not_found', `There is no file ${name}.`, { hint: 'Somebody may have removed it.' })

const problematic = (name: string, problems: Parameters<typeof problemText>[0]): AppError =>
  new AppError('invalid', `${name} cannot be served:\n${problemText(problems)}`, {
    at: 'text',
    hint: 'Correct the file. What was in force before still is.',
  })

const changed = (name: string, present: StoredFile | null): AppError =>
  present === null
    ? new AppError('conflict', `${name} was removed meanwhile.`, { hint: 'Save it under another name to keep yours.' })
    : new AppError('conflict', `There is another ${name} already, of ${present.updatedAt}.`, {
        hint: 'Look at it first, then change that one.',
      })
