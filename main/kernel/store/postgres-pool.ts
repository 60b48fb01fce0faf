import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { isPostgresError, outcomeUnknown, workspaceAway } from './errors.ts'
import type { PostgresSettings } from './place.ts'
import {
  CarefulClient,
  clientConfig,
  connectFailure,
  isConnectionFailure,
  type PostgresLimits,
  wireOf,
} from './postgres-client.ts'

type Options = {
  readonly settings: PostgresSettings
  readonly limits: PostgresLimits
  readonly name: string
  /** Resolves when the server is believed to answer. @throws AppError `unreachable` while it is away. */
  readonly admit: () => Promise<void>
  /** Told of a connection that broke, so that somebody looks at the server. */
  readonly onBroken: () => void
}

const connections = 8
/** A connection unused for longer is asked whether it still lives, before anything of an action is sent. */
const trustedMs = 500
const answersWithinMs = 2_000
/** Past the server's own limit for a statement, the connection is taken for dead. */
const graceMs = 5_000
const endsWithinMs = 1_000

/**
 * Connections for Kysely that never send an action twice. One found dead before anything of the action was sent is
 * replaced. One that breaks later fails the action: with "nothing was saved" where that is certain, because its
 * transaction had not been committed, else with "it is not known".
 */
export function createPool({
  settings,
  limits,
  name,
  admit,
  onBroken,
}: Options): PostgresPool & { abandon: () => void } {
  const pool = new pg.Pool({
    ...clientConfig(settings, limits, name),
    Client: CarefulClient,
    max: connections,
  } as pg.PoolConfig)
  pool.on('error', onBroken) // of one that nobody uses; the pool has let it go
  const usedAt = new WeakMap<pg.PoolClient, number>()
  const lent = new Set<pg.PoolClient>()
  const all = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    all.add(client)
    usedAt.set(client, performance.now())
  })
  pool.on('remove', (client) => all.delete(client))

  const discard = (client: pg.PoolClient): void => {
    lent.delete(client)
    client.release(true)
  }

  const borrow = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect().catch((thrown: unknown) => {
      onBroken()
      throw isConnectionFailure(thrown) && !isPostgresError(thrown)
        ? workspaceAway(thrown)
        : connectFailure(settings, thrown)
    })
    lent.add(client)
    client.on('error', onBroken)
    return client
  }

  /** A connection that lives; the pool may hold several dead ones when the server was started again. */
  const lively = async (): Promise<pg.PoolClient> => {
    for (;;) {
      const client = await borrow()
      if (performance.now() - (usedAt.get(client) ?? 0) < trustedMs) return client
      try {
        await limited(client, answersWithinMs, 'select 1', [])
        return client
      } catch {
        discard(client)
      }
    }
  }

  const session = (first: pg.PoolClient): PostgresPoolClient => {
    let client: pg.PoolClient | null = first
    let broken = false
    let inTransaction = false

    const replace = async (): Promise<pg.PoolClient> => {
      if (client) discard(client)
      client = null // should there be no other, nothing is left to give back
      client = await lively()
      return client
    }

    /** @throws what `notSent` says when the connection of a transaction was gone before this was sent. */
    const send = async (text: string, values: readonly unknown[]) => {
      let one = client ?? (await replace())
      if (isDead(one)) {
        if (inTransaction) throw notSent()
        one = await replace()
      }
      const answer = await limited(one, limits.statement + graceMs, text, values)
      usedAt.set(one, performance.now())
      return answer
    }

    /** Nothing of the action has been sent yet, so this once it may be sent again. */
    const beginAgain = async (text: string, values: readonly unknown[]) => {
      await replace()
      try {
        const answer = await send(text, values)
        inTransaction = true
        return answer
      } catch (thrown) {
        broken = true
        throw isConnectionFailure(thrown) ? workspaceAway(thrown) : thrown
      }
    }

    return {
      async query(text: string, values: readonly unknown[]) {
        const kind = kindOf(text)
        try {
          const answer = await send(text, values)
          if (kind === 'begin') inTransaction = true
          if (kind === 'commit' || kind === 'rollback') inTransaction = false
          return answer
        } catch (thrown) {
          if (!isConnectionFailure(thrown)) throw thrown
          onBroken()
          if (kind === 'begin') return beginAgain(text, values)
          broken = true
          // With its connection the server undoes a transaction, so that a rollback has what it wants. It must not
          // fail: what it failed with would hide why there is a rollback at all.
          if (kind === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] }
          const harmless = kind === 'read' || (inTransaction && kind !== 'commit') || isNotSent(thrown)
          throw harmless ? workspaceAway(thrown) : outcomeUnknown(thrown)
        }
      },
      release(destroy?: boolean) {
        if (!client) return
        client.off('error', onBroken)
        lent.delete(client)
        client.release(Boolean(destroy) || broken || isDead(client))
      },
    } as unknown as PostgresPoolClient
  }

  return {
    options: pool.options,
    connect: async () => {
      await admit()
      return session(await lively())
    },
    /** A server that hangs does not say goodbye, and must not keep the application from quitting. */
    async end() {
      const timer = setTimeout(() => breakAll(all), endsWithinMs)
      await pool.end().finally(() => clearTimeout(timer))
    },
    /** Breaks every connection in use: the server is away, and nobody shall wait for it. */
    abandon: () => breakAll(lent),
  } as PostgresPool & { abandon: () => void }
}

function breakAll(clients: Iterable<pg.PoolClient>): void {
  for (const client of clients) wireOf(client).stream.destroy(silent())
}

type Kind = 'begin' | 'commit' | 'rollback' | 'read' | 'change'

function kindOf(text: string): Kind {
  const word = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase()
  if (word === 'begin' || word === 'start') return 'begin'
  if (word === 'commit' || word === 'rollback') return word
  return word === 'select' ? 'read' : 'change'
}

const notSentCode = 'ERR_STREAM_DESTROYED'
const notSent = (): Error => Object.assign(new Error('The connection was lost before.'), { code: notSentCode })
const isNotSent = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === notSentCode

const silent = (): Error => Object.assign(new Error('No answer came in time.'), { code: 'ETIMEDOUT' })

const isDead = (client: pg.PoolClient): boolean => wireOf(client).stream.destroyed

/** Asks, and breaks the connection when no answer comes: the server may hang, and its answer would come to another. */
async function limited(client: pg.ClientBase, ms: number, text: string, values: readonly unknown[]) {
  const timer = setTimeout(() => wireOf(client).stream.destroy(silent()), ms)
  try {
    return await client.query(text, [...values])
  } finally {
    clearTimeout(timer)
  }
}
