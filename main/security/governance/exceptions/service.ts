import { v7 as uuid } from 'uuid'
import type { FindException } from '#main/kernel/access/cedar/verdict.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Exception, ExceptionInput } from '#preload/security/exceptions.ts'
import type { ExceptionStore, StoredException } from './store.ts'

/** Where somebody asks whether something is excepted. */
export type Place = {
  readonly identity: string | null
  readonly operation: string | null
  readonly environment: string | null
}

type Ports = {
  readonly store: ExceptionStore
  readonly clock: Clock
  /** Why nobody may make an exception to a policy of this id; null where they may. */
  readonly refusePolicy: (id: string) => Promise<string | null>
  readonly onChange: () => void
}

export type ExceptionService = {
  readonly list: () => Exception[]
  readonly add: (by: string, input: ExceptionInput) => Promise<Exception>
  readonly end: (id: string, reason: string) => Promise<{ before: Exception; after: Exception }>
  /** The id of an exception that holds at this very moment, milliseconds; null where none does. */
  readonly find: (kind: ExceptionInput['kind'], subject: string, place: Place, now: number) => string | null
  /** What the policy asks at every refusal. */
  readonly findForPolicy: FindException
  /** Reads what is stored: at the start, and when another process has changed it. */
  readonly load: () => Promise<void>
}

/** Policies and findings that may be passed for a while. Every question is answered by the clock; nothing is switched off. */
export function createExceptionService({ store, clock, refusePolicy, onChange }: Ports): ExceptionService {
  let known: readonly StoredException[] = []
  let bySubject: ReadonlyMap<string, readonly StoredException[]> = new Map()

  const load = async (): Promise<void> => {
    known = await store.all()
    bySubject = Map.groupBy(known, ({ kind, subject }) => `${kind} ${subject}`)
  }
  const changed = async (): Promise<void> => {
    await load()
    onChange()
  }
  const present = (exception: StoredException): Exception => {
    const { endReason: _, ...shown } = exception
    return { ...shown, state: stateOf(exception, clock.now()) }
  }
  const get = (id: string): StoredException => {
    const found = known.find((exception) => exception.id === id)
    if (found) return found
    throw new AppError('not_found', 'This exception does not exist.')
  }
  const find: ExceptionService['find'] = (kind, subject, place, now) =>
    bySubject.get(`${kind} ${subject}`)?.find((exception) => holdsAt(exception, now) && covers(exception.scope, place))
      ?.id ?? null

  return {
    load,
    find,
    list: () => known.map(present),
    findForPolicy: (policy, { caller, action, resource, circumstances }) =>
      find(
        'policy',
        policy,
        { identity: caller.id, operation: action.name, environment: resource.environment },
        circumstances.now,
      ),
    async add(by, input) {
      if (Date.parse(input.expiresAt) <= clock.now())
        throw new AppError('invalid', 'An exception must expire in the future.', { at: 'expiresAt' })
      const refused = input.kind === 'policy' ? await refusePolicy(input.subject) : null
      if (refused) throw new AppError('invalid', refused, { at: 'subject' })
      const added = { ...input, id: uuid(), addedAt: iso(clock.now()), addedBy: by, endedAt: null, endReason: null }
      await store.add(added)
      await changed()
      return present(added)
    },
    async end(id, reason) {
      const before = get(id)
      if (!holdsAt(before, clock.now()) || !(await store.end(id, iso(clock.now()), reason)))
        throw new AppError('conflict', 'This exception has ended already.')
      await changed()
      return { before: present(before), after: present(get(id)) }
    },
  }
}

/** At the moment it expires it does not hold any more. */
function holdsAt({ addedAt, expiresAt, endedAt }: StoredException, now: number): boolean {
  return Date.parse(addedAt) <= now && now < Date.parse(expiresAt) && (endedAt === null || now < Date.parse(endedAt))
}

const stateOf = (exception: StoredException, now: number): Exception['state'] => {
  if (exception.endedAt !== null && Date.parse(exception.endedAt) <= now) return 'ended'
  return now < Date.parse(exception.expiresAt) ? 'active' : 'expired'
}

/** What a scope leaves out is not restricted; what it names must be so. */
const covers = (scope: ExceptionInput['scope'], place: Place): boolean =>
  (scope.identity === undefined || scope.identity === place.identity) &&
  (scope.operation === undefined || scope.operation === place.operation) &&
  (scope.environment === undefined || scope.environment === place.environment)
