import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { migrations } from '#main/app/migrations.ts'
import type { WorkspacePlace } from '#main/kernel/store/place.ts'
import { type OpenWorkspace, openWorkspace } from '#main/kernel/store/workspace.ts'
import { type PostgresPeer, type PostgresRecipe, postgresAvailable, startPostgres } from './postgres.ts'

export type PostgresPlace = Extract<WorkspacePlace, { kind: 'postgres' }>

export type TeamServer = {
  readonly peer: () => PostgresPeer
  /** A place nobody has used yet: a schema of its own. */
  readonly newPlace: () => PostgresPlace
}

let schemas = 0

/** One real PostgreSQL for the tests of a file, in the clear on loopback. */
export function useTeamServer(recipe: PostgresRecipe = {}): TeamServer {
  let peer: PostgresPeer | undefined
  beforeAll(async () => {
    peer = await startPostgres(recipe)
  })
  afterAll(() => peer?.stop())
  const running = (): PostgresPeer => {
    if (!peer) throw new Error('The server starts before the tests, not while they are being listed.')
    return peer
  }
  return {
    peer: running,
    newPlace: () => {
      const { host, port, database, user, password } = running()
      const schema = `team_${++schemas}`
      return { kind: 'postgres', settings: { host, port, database, user, password, schema, tls: { mode: 'off' } } }
    },
  }
}

/** Opens the workspace of the present test, migrated; once more is what another process does. Closed after the test. */
export type Opener = () => Promise<OpenWorkspace>

/** Runs the same tests on SQLite and, where its server can be started, on PostgreSQL. */
export function onBothDatabases(title: string, tests: (open: Opener, dialect: 'sqlite' | 'postgres') => void): void {
  describe(`${title}, on SQLite`, () => {
    const folders: string[] = []
    tests(
      opener(() => {
        const folder = mkdtempSync(join(tmpdir(), 'database-'))
        folders.push(folder)
        return { kind: 'sqlite', path: join(folder, 'workspace.db') }
      }),
      'sqlite',
    )
    afterAll(() => {
      for (const folder of folders) rmSync(folder, { recursive: true })
    })
  })
  describe.runIf(postgresAvailable())(`${title}, on PostgreSQL`, () => {
    const team = useTeamServer()
    tests(opener(team.newPlace), 'postgres')
  })
}

function opener(newPlace: () => WorkspacePlace): Opener {
  const opened: OpenWorkspace[] = []
  let place: WorkspacePlace | null = null
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
    place = null
  })
  return async () => {
    place ??= newPlace()
    const one = await openWorkspace(place, migrations)
    opened.push(one)
    return one
  }
}
