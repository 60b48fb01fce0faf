import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { GatewayFile, GatewayRoute, GatewayStatus } from '#preload/integration/gateway.ts'
import { problemText, readFile, summaryOf } from './file.ts'
import type { PlaneConfigInput } from './plane/config.ts'
import type { AccessEntry, PlaneStatus, RouteMeasurement } from './plane/report.ts'
import { routesOf } from './routes.ts'
import type { GatewayFileStore, StoredFile } from './store.ts'

/** The gateway of this machine, wherever it runs. */
export type GatewayPlane = {
  /** In force for every new request when it resolves. @throws AppError when a port is taken; then nothing changed. */
  readonly serveFile: (name: string, config: PlaneConfigInput) => Promise<void>
  readonly withdrawFile: (name: string) => Promise<void>
  /** What was put in force by `serveFile`, and not withdrawn. */
  readonly servedFile: (name: string) => PlaneConfigInput | null
  /** Every route with each of its backends, as they are in force. */
  readonly pairs: () => readonly (readonly [route: string, backend: string])[]
  readonly status: () => Promise<PlaneStatus | null>
  readonly measure: (since: string) => Promise<readonly RouteMeasurement[]>
  readonly accessLog: (input: { readonly route?: string; readonly limit: number }) => Promise<readonly AccessEntry[]>
  /** Null where no gateway runs. */
  readonly metrics: () => Promise<string | null>
}

type Ports = {
  readonly store: GatewayFileStore
  readonly plane: GatewayPlane
  readonly clock: Clock
  /** Why no file can be served here at all; null where one can. */
  readonly refusal: string | null
  readonly onChange: () => void
}

const measuredMs = 300_000

/** The Gateway API files of the workspace, kept and in force, and what the gateway tells. */
export function createGatewayService({ store, plane, clock, refusal, onChange }: Ports) {
  let turn: Promise<unknown> = Promise.resolve()
  /** One change after another, so that what is kept is what is in force. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.catch(() => {}).then(work)
    turn = next
    return next
  }
  const shown = (file: StoredFile): GatewayFile => {
    const { problems } = readFile(file.text)
    const why = refusal ?? (plane.servedFile(file.name) ? null : 'The gateway does not serve it. Save it again.')
    return { ...file, problems, refusal: problems.length > 0 ? 'It has problems.' : why }
  }
  const save = async (name: string, text: string, revision: number | null) => {
    if (refusal !== null) throw new AppError('unsupported', refusal)
    const { config, problems } = readFile(text)
    if (problems.length > 0) throw problematic(name, problems)
    const before = await store.find(name)
    if ((before?.revision ?? null) !== revision) throw changed(name, before)
    const served = plane.servedFile(name)
    const after = { name, text, revision: (revision ?? 0) + 1, updatedAt: iso(clock.now()) }
    await plane.serveFile(name, config)
    try {
      if (!(await store.save(after))) throw changed(name, await store.find(name))
    } catch (thrown) {
      await (served ? plane.serveFile(name, served) : plane.withdrawFile(name))
      throw thrown
    }
    onChange()
    return { before, after: shown(after) }
  }
  const remove = async (name: string): Promise<StoredFile> => {
    const before = await store.find(name)
    if (!before) throw new AppError('not_found', `There is no file ${name}.`, { hint: 'Somebody may have removed it.' })
    await plane.withdrawFile(name)
    await store.remove(name)
    onChange()
    return before
  }

  return {
    list: async (): Promise<GatewayFile[]> => (await store.list()).map(shown),
    check: summaryOf,
    save: (name: string, text: string, revision: number | null) => inTurn(() => save(name, text, revision)),
    remove: (name: string) => inTurn(() => remove(name)),
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
    /** What is to be in force, of the files that have no problem. */
    async toServe(): Promise<ReadonlyMap<string, PlaneConfigInput>> {
      if (refusal !== null) return new Map()
      const read = (await store.list()).map(({ name, text }) => [name, readFile(text)] as const)
      return new Map(read.flatMap(([name, { config, problems }]) => (problems.length > 0 ? [] : [[name, config]])))
    },
  }
}

export type GatewayService = ReturnType<typeof createGatewayService>

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
