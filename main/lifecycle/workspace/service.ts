import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Migration } from '#main/kernel/store/migrate.ts'
import { type MoveResult, moveWorkspace } from '#main/kernel/store/move.ts'
import type { PostgresSettings, WorkspacePlace } from '#main/kernel/store/place.ts'
import { readSqlite } from '#main/kernel/store/sqlite.ts'
import { type OpenWorkspace, openWorkspace, stamp, type Workspace } from '#main/kernel/store/workspace.ts'
import type { WrappedKey } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { TeamSettings, WorkspaceChange, WorkspaceStatus, WorkspaceStep } from '#preload/lifecycle/workspace.ts'
import type { Pointer } from './pointer.ts'
import { readServer, readVault, writeVaultKey } from './store.ts'

type Ports = {
  readonly current: OpenWorkspace
  /** The data folder, and the local workspace in it. */
  readonly folder: string
  readonly path: string
  readonly pointer: Pointer
  readonly migrations: readonly Migration[]
  /** The data key of the vault wrapped under a passphrase. @throws AppError `locked`. */
  readonly rewrap: (passphrase: string) => Promise<WrappedKey>
  /** The root of the audit log of a workspace. */
  readonly auditRoot: (workspace: Workspace) => Promise<string>
  /** The signing of the audit log stops here before it goes on over there, and goes on here after a move that failed. */
  readonly leaving: {
    readonly begin: () => Promise<void>
    readonly cancel: () => void
    /** Everything is at the new place; called before the next start goes there. */
    readonly arrive: (place: WorkspacePlace) => void
  }
  /** Told at each step of a move, and when another place is chosen. */
  readonly onChange: (change: WorkspaceChange) => void
}

/** Called when everything has arrived and was verified, before the next start goes there. */
export type Arrived = (target: Workspace, result: MoveResult) => Promise<void>

/** What `move` and `use` are given: the local file, or a server. */
export type Elsewhere = 'local' | TeamSettings

/** The record of what happens here goes on while everything else stands still. */
const recorded = ['audit_', 'decision']

/** Where the workspace is, and how it gets elsewhere. */
export function createWorkspaceService(ports: Ports) {
  const { current, pointer, migrations, onChange } = ports
  let chosen: WorkspacePlace | null = null
  let moving = false

  const placeOf = (to: Elsewhere): WorkspacePlace =>
    pointer.complete(
      to === 'local' ? { kind: 'sqlite', path: ports.path } : { kind: 'postgres', settings: settingsOf(to) },
    )

  const status = async (): Promise<WorkspaceStatus> => {
    const { place } = current
    const restart = chosen !== null
    if (place.kind === 'sqlite') return { kind: 'local', path: place.path, restart }
    const { host, port, database, schema, user, tls } = place.settings
    const { state, since } = current.state()
    const server = state === 'connected' ? await readServer(current.workspace, schema).catch(() => null) : null
    return {
      kind: 'team',
      ...{ host, port, database, schema, user, tls: tls.mode },
      ...{ state, since, restart },
      serverVersion: server?.version ?? null,
      instances: [...(server?.instances ?? [])],
    }
  }

  /** What must become of the vault's key, which a keychain that stays here may have wrapped. */
  const travellingKey = async (passphrase: string | undefined): Promise<{ readonly key: WrappedKey | null } | null> => {
    const { by, secrets } = await readVault(current.workspace)
    if (by !== 'keychain') return null
    if (secrets === 0) return { key: null }
    if (passphrase !== undefined) return { key: await ports.rewrap(passphrase) }
    throw new AppError('locked', 'The keychain of this machine protects the secrets, and others do not have it.', {
      hint: 'Give a passphrase for the vault over there, which everybody who needs the secrets is told.',
      at: 'passphrase',
    })
  }

  /** Nobody else may write while a workspace leaves a server: they would go on with what nobody reads any more. */
  const refuseOthers = async (): Promise<void> => {
    if (current.place.kind === 'sqlite') return
    const { instances } = await readServer(current.workspace, current.place.settings.schema)
    const others = instances.filter(({ own }) => !own)
    if (others.length > 0)
      throw new AppError('conflict', `Others have the workspace open: ${others.map(({ name }) => name).join(', ')}.`, {
        hint: 'Have them quit first; what they did meanwhile would be left behind.',
      })
  }

  const copy = async (
    place: WorkspacePlace,
    passphrase: string | undefined,
    signal: AbortSignal,
    arrived: Arrived,
  ): Promise<MoveResult> => {
    const travelling = await travellingKey(passphrase)
    await refuseOthers()
    const setPointer = await pointer.prepare(place)
    const arrival = place.kind === 'sqlite' ? arrivingFile(ports) : null
    const target = await openWorkspace(arrival?.place ?? place, migrations)
    try {
      await ports.leaving.begin()
      current.freeze({
        message: 'The workspace is being moved, so nothing is changed.',
        hint: 'Try again in a moment.',
        except: recorded,
      })
      await current.workspace.transaction().execute(async () => {}) // what is under way ends first
      const result = await reading(current, (source) =>
        moveWorkspace(source, target.workspace, {
          signal,
          auditRoot: ports.auditRoot,
          onProgress: (progress) => onChange({ changed: 'progress', progress }),
          ...(travelling ? { adapt: (there: Workspace) => writeVaultKey(there, travelling.key) } : {}),
        }),
      )
      await arrived(target.workspace, result)
      await target.close()
      arrival?.settle()
      ports.leaving.arrive(place)
      setPointer()
      return result
    } catch (thrown) {
      current.freeze(null)
      ports.leaving.cancel()
      await target.close()
      arrival?.discard()
      throw thrown
    }
  }

  const choose = (place: WorkspacePlace): { place: string; restart: true } => {
    chosen = place
    onChange({ changed: 'place', progress: null })
    return { place: nameOf(place), restart: true }
  }

  const refuseSame = (place: WorkspacePlace): void => {
    if (moving) throw new AppError('conflict', 'The workspace is being moved already.', { hint: 'Wait for it to end.' })
    if (chosen)
      throw new AppError('conflict', `The workspace at ${nameOf(chosen)} was chosen already.`, {
        hint: 'Restart the application to go on there.',
      })
    if (nameOf(place) === nameOf(current.place))
      throw new AppError('conflict', 'The workspace is there already.', { hint: 'Choose another place.' })
  }

  return {
    status,
    async *test(settings: TeamSettings, signal: AbortSignal): AsyncGenerator<WorkspaceStep> {
      const place = placeOf(settings)
      if (place.kind === 'sqlite') return
      const { walkServer } = await import('./walk.ts') // the client of the server is loaded where it is used
      yield* walkServer(place.settings, migrations, signal)
    },

    async move(to: Elsewhere, passphrase: string | undefined, signal: AbortSignal, arrived: Arrived) {
      const place = placeOf(to)
      refuseSame(place)
      moving = true
      try {
        const { tables, auditRoot } = await copy(place, passphrase, signal, arrived)
        current.freeze({
          message: `The workspace has moved to ${nameOf(place)}, so nothing is changed here any more.`,
          hint: 'Restart the application to go on there.',
          except: recorded,
        })
        return { ...choose(place), tables: [...tables], auditRoot }
      } finally {
        moving = false
      }
    },

    /** Opens the place once, so that one that cannot be used is not chosen. */
    async use(to: Elsewhere) {
      const place = placeOf(to)
      refuseSame(place)
      const setPointer = await pointer.prepare(place)
      await (await openWorkspace(place, migrations)).close()
      setPointer()
      return choose(place)
    },
  }
}

export type WorkspaceService = ReturnType<typeof createWorkspaceService>

function settingsOf({ tls, password, ...rest }: TeamSettings): PostgresSettings {
  const { mode } = tls
  const given = mode === 'off' ? [] : Object.entries(tls).filter(([, value]) => value !== undefined && value !== '')
  return {
    ...rest,
    tls: mode === 'off' ? { mode } : { ...Object.fromEntries(given), mode },
    ...(password ? { password } : {}),
  }
}

function nameOf(place: WorkspacePlace): string {
  if (place.kind === 'sqlite') return place.path
  const { host, port, database, schema } = place.settings
  return `${host}:${port}/${database}/${schema}`
}

/** A local file is read by a connection of its own; a server lets one transaction see one state. */
async function reading<T>(current: OpenWorkspace, work: (source: Workspace) => Promise<T>): Promise<T> {
  if (current.place.kind === 'postgres') return work(current.workspace)
  const { workspace, close } = readSqlite(current.place.path)
  try {
    return await work(workspace)
  } finally {
    await close()
  }
}

/** A workspace that comes back arrives beside the old file, which becomes a backup once everything is verified. */
function arrivingFile({ folder, path }: Pick<Ports, 'folder' | 'path'>) {
  const arriving = `${path}.arriving`
  const discard = (): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(arriving + suffix, { force: true })
  }
  discard()
  return {
    place: { kind: 'sqlite', path: arriving } as const,
    discard,
    settle(): void {
      const backups = join(folder, 'backups')
      const old = join(backups, `workspace-${stamp()}-before-move.db`)
      mkdirSync(backups, { recursive: true, mode: 0o700 })
      for (const suffix of ['', '-wal', '-shm']) moveIfThere(path + suffix, old + suffix)
      renameSync(arriving, path)
    },
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
  }
}
