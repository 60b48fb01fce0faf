import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, createAuthority } from '#e2e/app/peers/certificates.ts'
import { useTeamServer } from '#e2e/app/peers/databases.ts'
import { type PostgresPeer, postgresAvailable, startPostgres } from '#e2e/app/peers/postgres.ts'
import { startProxy } from '#e2e/app/peers/proxy.ts'
import { storageError } from './errors.ts'
import type { Migration } from './migrate.ts'
import type { Notice } from './notices.ts'
import type { PostgresSettings, WorkspacePlace } from './place.ts'
import { exclusively, isSerializationFailure, isUniqueViolation } from './portable.ts'
import { openPostgres } from './postgres.ts'
import { defaultLimits } from './postgres-client.ts'
import { type OpenWorkspace, openWorkspace } from './workspace.ts'

type Tables = { note: { id: string; text: string } }
type PostgresPlace = Extract<WorkspacePlace, { kind: 'postgres' }>

const soon = { timeout: 10_000, interval: 20 } as const
const first: Migration = { name: '0001', statements: ['create table note (id text primary key, text text not null)'] }
const second: Migration = { name: '0002', statements: ['alter table note add column author text'] }
const quick = { ...defaultLimits, connect: 1_000, heartbeat: 200 }

const opened: OpenWorkspace[] = []
const open = async (place: PostgresPlace, migrations: readonly Migration[] = [first], limits = defaultLimits) => {
  const one = await openPostgres(place, migrations, limits)
  opened.push(one)
  return one
}
beforeEach(() => async () => {
  for (const one of opened.splice(0)) await one.close()
})

const notes = ({ workspace }: OpenWorkspace): Kysely<Tables> => workspace.withTables<Tables>() as Kysely<Tables>
const add = (one: OpenWorkspace, id: string) => notes(one).insertInto('note').values({ id, text: id }).execute()
const ids = async (one: OpenWorkspace): Promise<string[]> =>
  (await notes(one).selectFrom('note').select('id').orderBy('id').execute()).map(({ id }) => id)
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  )

describe.runIf(postgresAvailable())('a workspace on PostgreSQL', { timeout: 60_000 }, () => {
  const team = useTeamServer({ locale: 'C.UTF-8' })
  const through = (place: PostgresPlace, port: number): PostgresPlace => ({
    ...place,
    settings: { ...place.settings, port },
  })

  describe('migrates', () => {
    it('once, however many processes open it at once', async () => {
      const place = team.newPlace()
      const slow = { name: '0001', statements: [...first.statements, 'select pg_sleep(0.3)'] }
      const all = await Promise.all([1, 2, 3, 4].map(() => open(place, [slow, second])))
      const { rows } = await sql`select name from migration order by position`.execute(
        (all[3] as OpenWorkspace).workspace,
      )
      expect(rows).toEqual([{ name: '0001' }, { name: '0002' }])
    })

    it('all of it or nothing', async () => {
      const place = team.newPlace()
      const broken = { name: '0002', statements: ['alter table note add column author text', 'create nonsense'] }
      await expect(open(place, [first, broken])).rejects.toThrow()
      const one = await open(place, [first, second])
      expect((await sql`select * from migration`.execute(one.workspace)).rows).toHaveLength(2)
    })

    it('with the statements meant for it', async () => {
      const own = { name: '0002', statements: ['create nonsense'], postgres: second.statements }
      const one = await open(team.newPlace(), [first, own])
      await sql`select author from note`.execute(one.workspace)
    })

    it.each([
      ['a newer application', [first], 'newer version'],
      [
        'another build',
        [{ name: '0001', statements: ['create table other (x text)'] }],
        'differs from ours at step 0001',
      ],
    ])('nothing that belongs to %s', async (_, migrations, message) => {
      const place = team.newPlace()
      await open(place, [first, second])
      const told = { code: 'storage', message: expect.stringContaining(message), retryable: false }
      expect(await failure(open(place, migrations))).toMatchObject(told)
    })

    it('nothing in a schema that some other program made', async () => {
      const place = team.newPlace()
      const { schema } = place.settings
      const owner = await open(team.newPlace())
      await sql`create schema ${sql.id(schema)}`.execute(owner.workspace)
      await sql`create table ${sql.id(schema, 'theirs')} (x text)`.execute(owner.workspace)
      expect(await failure(open(place))).toMatchObject({
        message: expect.stringContaining('not made by this application'),
      })
    })

    it('text so that it is ordered by its bytes, as SQLite does', async () => {
      const one = await open(team.newPlace())
      for (const id of ['b', 'B', 'a', 'ä', '_']) await add(one, id)
      expect(await ids(one)).toEqual(['B', '_', 'a', 'b', 'ä'])
      const { rows } = await sql`select collation_name as c from information_schema.columns
        where table_schema = current_schema() and table_name = 'note'`.execute(one.workspace)
      expect(rows).toEqual([{ c: 'C' }, { c: 'C' }])
    })
  })

  it('gives values as SQLite does', async () => {
    const one = await open(team.newPlace())
    const { rows } = await sql`select count(*) as n, sum(2) as s, 1 = 1 as yes, null as none, 1.5::float8 as f,
      '{"a":1}'::jsonb as j, '\\x0102'::bytea as b from (values (1), (2)) as two`.execute(one.workspace)
    expect(rows).toEqual([{ n: 2, s: 4, yes: 1, none: null, f: 1.5, j: '{"a": 1}', b: Buffer.from([1, 2]) }])
    await expect(sql`select 9007199254740993::int8 as n`.execute(one.workspace)).rejects.toThrow('too large')
    expect(await ids(one)).toEqual([])
  })

  it('that only reads, as a standby, says so', async () => {
    const place = team.newPlace()
    await (await open(place)).close()
    await team.peer().admin('alter role ana set default_transaction_read_only = on')
    try {
      const one = await open(place)
      expect(storageError(await failure(add(one, 'a')))).toMatchObject({
        code: 'storage',
        message: expect.stringContaining('read-only'),
      })
      expect(await ids(one)).toEqual([])
    } finally {
      await team.peer().admin('alter role ana reset default_transaction_read_only')
    }
  })

  it('tells a value that is there already', async () => {
    const one = await open(team.newPlace())
    await add(one, 'a')
    expect(isUniqueViolation(await failure(add(one, 'a')))).toBe(true)
  })

  it('lets what is exclusive happen one after another, in every process', async () => {
    const place = team.newPlace()
    const [a, b] = [await open(place), await open(place)]
    const turn = (one: OpenWorkspace) =>
      notes(one)
        .transaction()
        .execute(async (trx) => {
          await exclusively(trx, 'append')
          const head = await trx
            .selectFrom('note')
            .select((eb) => eb.fn.countAll<number>().as('n'))
            .executeTakeFirstOrThrow()
          await trx
            .insertInto('note')
            .values({ id: String(head.n), text: one.instance })
            .execute()
        })
    await Promise.all(Array.from({ length: 60 }, (_, n) => turn(n % 2 ? a : b)))
    expect((await ids(a)).map(Number).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })

  it('tells which of two transactions that wait for each other was undone', async () => {
    const one = await open(team.newPlace())
    for (const id of ['a', 'b']) await add(one, id)
    let both = 0
    const change = (order: readonly string[]) =>
      notes(one)
        .transaction()
        .execute(async (trx) => {
          for (const id of order) {
            await trx.updateTable('note').set({ text: order.join() }).where('id', '=', id).execute()
            both++
            while (both < 2) await new Promise((resolve) => setTimeout(resolve, 5))
          }
        })
    const outcomes = await Promise.all([failure(change(['a', 'b'])), failure(change(['b', 'a']))])
    const undone = outcomes.filter((outcome) => outcome !== 'no failure')
    expect(undone.map(isSerializationFailure)).toEqual([true])
    expect(storageError(undone[0])).toMatchObject({ code: 'conflict', retryable: true })
  })

  it('tells the other processes what changed, and marks what is its own', async () => {
    const place = team.newPlace()
    const [a, b] = [await open(place), await open(place)]
    const other = await open(team.newPlace())
    const heard: Notice[] = []
    const strange: Notice[] = []
    for (const one of [a, b]) one.onNotify((notice) => heard.push(notice))
    other.onNotify((notice) => strange.push(notice))
    await a.notify('connections', { revision: 7 })
    const told = { topic: 'connections', payload: { revision: 7 }, from: a.instance }
    await expect.poll(() => heard.length, soon).toBe(2)
    expect(heard).toEqual(
      expect.arrayContaining([
        { ...told, own: true },
        { ...told, own: false },
      ]),
    )
    await expect(a.notify('x', 'y'.repeat(8_000))).rejects.toMatchObject({ code: 'too_large' })
    expect(strange).toEqual([])
  })

  describe('that goes away', () => {
    it('is told as such at once, refuses quickly, and is back by itself with a call to read again', async () => {
      const place = team.newPlace()
      const one = await open(place)
      const states: string[] = []
      const topics: string[] = []
      one.onState(({ state }) => states.push(state))
      one.onNotify(({ topic }) => topics.push(topic))
      await add(one, 'before')
      await team.peer().restart('fast', async () => {
        await expect.poll(() => one.state().state, soon).toBe('away')
        for (const work of [ids(one), add(one, 'lost'), one.notify('x', 1)])
          expect(await failure(work)).toMatchObject({ code: 'unreachable', retryable: true, hint: expect.any(String) })
      })
      await add(one, 'after')
      expect(await ids(one)).toEqual(['after', 'before'])
      expect(states).toEqual(['away', 'connected'])
      expect(topics).toContain('resync')
    })

    it('and comes back between two actions is not noticed by the second', async () => {
      const one = await open(team.newPlace())
      await Promise.all(Array.from({ length: 6 }, (_, n) => add(one, `n${n}`)))
      await team.peer().restart('immediate')
      const changes = Array.from({ length: 6 }, (_, n) => add(one, `m${n}`))
      const outcomes = await Promise.allSettled(changes)
      expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'))
      expect(await ids(one)).toHaveLength(12)
    })

    it('without a word is found out by its silence, and nobody waits for it', async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await open(through(place, proxy.port), [first], quick)
      await add(one, 'before')
      await proxy.stall()
      const waiting = failure(ids(one))
      await expect.poll(() => one.state().state, soon).toBe('away')
      expect(await waiting).toMatchObject({ code: 'unreachable', retryable: true })
      expect(await failure(add(one, 'lost'))).toMatchObject({ code: 'unreachable', retryable: true })
      await proxy.restore()
      await expect.poll(() => one.state().state, soon).toBe('connected')
      await add(one, 'after')
      expect(await ids(one)).toEqual(['after', 'before'])
    })

    it('does not keep the application from quitting', async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await openPostgres(through(place, proxy.port), [first], quick)
      await Promise.all([add(one, 'a'), add(one, 'b'), add(one, 'c')])
      await proxy.stall()
      const hanging = failure(ids(one))
      await one.close()
      expect(await hanging).toMatchObject({ code: 'unreachable' })
    })

    it('in the middle of a transaction has saved nothing of it, and says so', async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await open(through(place, proxy.port), [first], quick)
      const work = notes(one)
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('note').values({ id: 'half', text: '' }).execute()
          await proxy.cut()
          await trx.insertInto('note').values({ id: 'rest', text: '' }).execute()
        })
      expect(await failure(work)).toMatchObject({
        code: 'unreachable',
        retryable: true,
        message: expect.stringContaining('nothing was saved'),
      })
      await proxy.restore()
      await expect.poll(() => ids(one), soon).toEqual([])
    })

    it('before a commit was sent has saved nothing, and says so', async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await open(through(place, proxy.port), [first], quick)
      const work = notes(one)
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('note').values({ id: 'not', text: '' }).execute()
          await proxy.cut()
          await new Promise((resolve) => setTimeout(resolve, 50)) // until this process has heard of it
        })
      expect(await failure(work)).toMatchObject({
        retryable: true,
        message: expect.stringContaining('nothing was saved'),
      })
      expect(await ids(await open(place))).toEqual([])
    })

    it('but does not let us in again says why', async () => {
      const one = await open(team.newPlace())
      await team.peer().restart('fast', async () => {
        await expect.poll(() => one.state().state, soon).toBe('away')
      })
      await team
        .peer()
        .admin(
          "alter role ana password 'changed'",
          "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ana'",
        )
      try {
        await expect.poll(() => failure(ids(one)), soon).toMatchObject({ code: 'unauthenticated' })
      } finally {
        await team.peer().admin(`alter role ana password '${team.peer().password}'`)
      }
      await expect.poll(() => failure(ids(one)), soon).toBe('no failure')
    })

    it('during a commit leaves it open whether it was saved, and nothing is repeated', async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await open(through(place, proxy.port), [first], quick)
      const direct = await open(place)
      const work = notes(one)
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('note').values({ id: 'maybe', text: '' }).execute()
          await proxy.stall()
        })
      expect(await failure(work)).toMatchObject({
        code: 'unreachable',
        retryable: false,
        message: 'It is not known whether this was saved; look before you repeat it.',
      })
      // Stalled before the COMMIT arrived: this time it was not.
      expect(await ids(direct)).toEqual([])
      await proxy.restore()
      await expect.poll(() => ids(one), soon).toEqual([])
    })

    it('after a single change was sent leaves it open too', async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await open(through(place, proxy.port), [first], quick)
      await ids(one)
      const change = failure(sql`insert into note select 'slow', pg_sleep(0.5)::text`.execute(one.workspace))
      await new Promise((resolve) => setTimeout(resolve, 100))
      await proxy.cut()
      expect(await change).toMatchObject({ retryable: false, message: expect.stringContaining('not known') })
      // The server did not notice in time, and so it was saved; repeating it would have been wrong.
      const direct = await open(place)
      await expect.poll(() => ids(direct), soon).toEqual(['slow'])
    })

    it('loses no acknowledged change and repeats none over many cuts at random moments', {
      timeout: 60_000,
    }, async () => {
      const place = team.newPlace()
      await using proxy = await startProxy(team.peer().url)
      const one = await open(through(place, proxy.port), [first], quick)
      const direct = await open(place)
      const told = { saved: new Set<string>(), not: new Set<string>(), unknown: new Set<string>() }
      let going = true
      const person = async (name: string): Promise<void> => {
        for (let n = 0; going; n++) {
          const id = `${name}-${n}`
          const outcome = await failure(
            n % 2
              ? add(one, id)
              : notes(one)
                  .transaction()
                  .execute(async (trx) => {
                    await trx.insertInto('note').values({ id, text: '' }).execute()
                    await trx.updateTable('note').set({ text: 'x' }).where('id', '=', id).execute()
                  }),
          )
          if (outcome === 'no failure') told.saved.add(id)
          else if ((outcome as { retryable: boolean }).retryable) told.not.add(id)
          else told.unknown.add(id)
          if (outcome !== 'no failure') expect(outcome).toMatchObject({ code: 'unreachable' })
        }
      }
      const people = ['a', 'b', 'c', 'd'].map(person)
      // A machine that is busy saves less between two cuts.
      for (let cut = 0; cut < 40 || told.saved.size <= 100; cut++) {
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 60))
        await proxy.restore()
      }
      going = false
      await Promise.all(people)
      const there = new Set(await ids(direct))
      expect([...told.saved].filter((id) => !there.has(id))).toEqual([])
      expect([...told.not].filter((id) => there.has(id))).toEqual([])
      expect([...there].filter((id) => !told.saved.has(id) && !told.unknown.has(id))).toEqual([])
      expect(told.saved.size).toBeGreaterThan(100)
      expect(told.not.size + told.unknown.size).toBeGreaterThan(5)
    })
  })
})

describe.runIf(postgresAvailable())('signing in to PostgreSQL', () => {
  let authority: Authority
  let stranger: Authority
  let peer: PostgresPeer
  const settings = (change: Partial<PostgresSettings> = {}): PostgresSettings => {
    const { host, port, user, password, database } = peer
    return {
      host,
      port,
      user,
      password,
      database,
      schema: 's',
      tls: { mode: 'verify-full', ca: authority.ca },
      ...change,
    }
  }
  const tried = (change: Partial<PostgresSettings>) =>
    failure(openWorkspace({ kind: 'postgres', settings: settings(change) }, []))

  beforeAll(async () => {
    authority = await createAuthority()
    stranger = await createAuthority('Somebody else')
    const certificate = await authority.issue({ commonName: 'db', names: ['IP:127.0.0.1'] })
    const hba = `hostssl team ana 127.0.0.1/32 scram-sha-256
hostssl team carl 127.0.0.1/32 password
hostnossl team ana 127.0.0.1/32 scram-sha-256
hostssl team mia 127.0.0.1/32 md5
hostssl team tom 127.0.0.1/32 trust
hostssl nowhere ana 127.0.0.1/32 trust
`
    peer = await startPostgres({ certificate, hba })
    await peer.admin(
      "create role carl login password 'p'",
      'create role tom login',
      "set password_encryption = 'md5'; create role mia login password 'p'",
    )
  })
  afterAll(() => peer.stop())

  it('works by SCRAM over TLS, bound to the certificate', async () => {
    const one = await openWorkspace({ kind: 'postgres', settings: settings() }, [first])
    const { rows } = await sql`select ssl, version from pg_stat_ssl where pid = pg_backend_pid()`.execute(one.workspace)
    expect(rows).toEqual([{ ssl: 1, version: 'TLSv1.3' }])
    await one.close()
  })

  it.each([
    ['a wrong password', () => ({ password: 'wrong' }), 'unauthenticated', 'did not accept'],
    ['a database that is not there', () => ({ database: 'nowhere' }), 'not_found', 'no such database'],
    ['no password', () => ({ password: '' }), 'unauthenticated', 'there is none'],
    [
      'a CA that did not issue it',
      () => ({ tls: { mode: 'verify-full', ca: stranger.ca } as const }),
      'unreachable',
      'is not accepted',
    ],
    ['only the CAs of the system', () => ({ tls: { mode: 'verify-full' } as const }), 'unreachable', 'is not accepted'],
    ['another host name', () => ({ host: 'localhost' }), 'unreachable', 'ALTNAME'],
    ['a port nobody listens on', () => ({ port: 1 }), 'unreachable', 'does not answer'],
    ['a user that may create nothing', () => ({ user: 'tom' }), 'forbidden', 'lacks a permission'],
    ['a name that is no schema', () => ({ schema: 'x; drop' }), 'invalid', 'cannot be the schema'],
    [
      'TLS off across a network',
      () => ({ host: 'db.example', tls: { mode: 'off' } as const }),
      'invalid',
      'in the clear',
    ],
  ])('fails with %s as a sentence', async (_, change, code, message) => {
    const told = { code, message: expect.stringContaining(message), hint: expect.any(String) }
    expect(await failure(openWorkspace({ kind: 'postgres', settings: settings(change()) }, [first]))).toMatchObject(
      told,
    )
  })

  it.each(['carl', 'mia'])(
    'never shows the password of %s to a server that wants it in the clear or as MD5',
    async (user) => {
      expect(await tried({ user, password: 'p' })).toMatchObject({
        code: 'refused',
        message: expect.stringContaining('was not sent'),
      })
    },
  )
})
