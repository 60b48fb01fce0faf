import { isIP } from 'node:net'
import type { CedarValueJson, EntityJson, EntityUidJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Caller } from '../caller.ts'
import type { Grant, Resource } from '../policy.ts'
import type { ActionEntry } from './vocabulary.ts'

/** The circumstances of a question that no caller and no resource holds. */
export type Circumstances = {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly stepUpSeconds: number
  readonly grant: Grant | null
}

/** One question as Cedar asks it: about one resource. */
export type Request = {
  readonly principal: EntityUidJson
  readonly action: EntityUidJson
  readonly resource: EntityUidJson
  readonly context: Record<string, CedarValueJson>
  readonly entities: EntityJson[]
}

/** Seconds that stand for "never". Far below 2^53, past which the WebAssembly build corrupts integers. */
const never = 999_999_999_999

export const nowhere: Resource = { environment: null, id: null, labels: {} }

/** Translates a question into Cedar entities and context (https://docs.cedarpolicy.com/auth/entities-syntax.html). */
export function requestOf(
  caller: Caller,
  action: ActionEntry,
  resource: Resource,
  { now, stepUpSeconds, grant }: Circumstances,
): Request {
  const principal = { type: 'Identity', id: caller.id }
  const acted = { type: 'Action', id: action.name }
  const on = { type: 'Resource', id: resource.id ?? '' }
  const moment = new Date(now)
  const source = addressOf(caller.source)
  return {
    principal,
    action: acted,
    resource: on,
    context: {
      now: Math.floor(now / 1_000),
      hour: moment.getUTCHours(),
      minuteOfDay: moment.getUTCHours() * 60 + moment.getUTCMinutes(),
      weekday: moment.getUTCDay(),
      approvals: grant?.approvers.length ?? 0,
      approvers: [...(grant?.approvers ?? [])],
      requester: grant ? caller.id : '',
      stepUpSeconds,
      ...(source === null ? {} : { source: { __extn: { fn: 'ip', arg: source } } }),
    },
    entities: [
      {
        uid: principal,
        attrs: {
          id: caller.id,
          roles: [...caller.roles],
          groups: [...caller.groups],
          personal: caller.personal,
          via: caller.via,
          proven: caller.provenAt !== null,
          provenSecondsAgo: secondsSince(caller.provenAt, now),
        },
        parents: [
          ...caller.roles.map((id) => ({ type: 'Role', id })),
          ...caller.groups.map((id) => ({ type: 'Group', id })),
        ],
      },
      { uid: acted, attrs: {}, parents: action.groups.map((id) => ({ type: 'Action', id })) },
      {
        uid: on,
        attrs: { id: resource.id ?? '', environment: resource.environment ?? '' },
        parents: resource.environment === null ? [] : [{ type: 'Environment', id: resource.environment }],
        tags: { ...resource.labels },
      },
    ],
  }
}

/** A clock set back must not make an old proof look like one from the future. */
export const secondsSince = (provenAt: number | null, now: number): number =>
  provenAt === null ? never : Math.min(never, Math.max(0, Math.floor((now - provenAt) / 1_000)))

/** An address as Cedar's `ip` reads it: without zone, and without the wrapping of an IPv4 address in an IPv6 one. */
function addressOf(source: string | null): string | null {
  const bare = (source ?? '').replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(bare) === 0 ? null : bare
}
