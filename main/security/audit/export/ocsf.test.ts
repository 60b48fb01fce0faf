import { describe, expect, it } from 'vitest'
import { contracts } from '#preload/app/contracts.ts'
import { entryOf } from './entries.fixture.ts'
import { toOcsf } from './ocsf.ts'

type Event = Readonly<Record<string, unknown>>
type Rule = {
  readonly required: readonly string[]
  /** `constraints.at_least_one`. */
  readonly oneOf?: readonly string[]
  /** `attributes.activity_id.enum`. */
  readonly activities?: readonly number[]
  readonly category?: number
}

/**
 * What OCSF 1.8.0 requires, from the files of github.com/ocsf/ocsf-schema at 3dcb905d (`version.json`: 1.8.0):
 * events/base_event.json, events/iam/{iam,authentication,account_change}.json, events/application/api_activity.json,
 * objects/{metadata,actor,user,api,request,network_endpoint,product,service}.json.
 */
const base = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid']
const classes: Readonly<Record<number, Rule>> = {
  6003: { required: [...base, 'actor', 'api', 'src_endpoint'], activities: [0, 1, 2, 3, 4, 99], category: 6 },
  3002: {
    required: [...base, 'user'],
    oneOf: ['service', 'dst_endpoint'],
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 99],
    category: 3,
  },
  3001: {
    required: [...base, 'user'],
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99],
    category: 3,
  },
}
const objects: Readonly<Record<string, Rule>> = {
  metadata: { required: ['product', 'version'] },
  product: { required: [], oneOf: ['name', 'uid'] },
  actor: { required: [], oneOf: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'] },
  user: { required: [], oneOf: ['account', 'name', 'uid'] },
  api: { required: ['operation'] },
  request: { required: ['uid'] },
  service: { required: [], oneOf: ['name', 'uid'] },
  src_endpoint: { required: [], oneOf: ['ip', 'uid', 'name', 'hostname', 'svc_name', 'instance_uid', 'domain'] },
}

/** What is missing in an event, by path. */
function missing(event: Event): string[] {
  const rule = classes[Number(event.class_uid)]
  return rule === undefined ? ['class'] : [...lacking(event, rule, ''), ...nested(event, '')]
}

function nested(value: Event, path: string): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === 'unmapped' || typeof member !== 'object' || member === null || Array.isArray(member)) return []
    const rule = objects[name]
    const inner = member as Event
    return [...(rule === undefined ? [] : lacking(inner, rule, `${path}${name}.`)), ...nested(inner, `${path}${name}.`)]
  })
}

function lacking(value: Event, { required, oneOf }: Rule, path: string): string[] {
  const absent = required.filter((name) => value[name] === undefined || value[name] === null).map((n) => path + n)
  return oneOf === undefined || oneOf.some((name) => value[name]) ? absent : [...absent, `${path}${oneOf.join('|')}`]
}

const operations = Object.values(contracts).flatMap((contract) =>
  Object.keys(contract.operations).map((name) => `${contract.capability}.${name}`),
)

describe('OCSF 1.8.0', () => {
  it.each([...operations, 'unknown', 'future.thing'])('has every required attribute for %s', (operation) => {
    const variants = [
      entryOf(1, { operation }),
      entryOf(2, { operation, actor: null, source: null, session: null, targets: [], outcome: 'interrupted' }),
      entryOf(3, {
        operation,
        outcome: 'forbidden',
        error: { code: 'forbidden', message: 'A viewer may not.', retryable: false },
      }),
    ]
    for (const event of variants.map(toOcsf)) {
      const rule = classes[Number(event.class_uid)]
      expect(missing(event)).toEqual([])
      expect(rule?.activities).toContain(event.activity_id)
      expect(event.category_uid).toBe(rule?.category)
      expect(event.type_uid).toBe(Number(event.class_uid) * 100 + Number(event.activity_id))
      expect(Number.isInteger(event.time)).toBe(true)
    }
  })

  it('tells signing in, changing an account and everything else apart', () => {
    const classOf = (operation: string) => toOcsf(entryOf(1, { operation })).type_uid
    expect(classOf('access.signInWithPassword')).toBe(300201)
    expect(classOf('access.resetFactors')).toBe(300111)
    expect(classOf('connections.create')).toBe(600301)
    expect(classOf('audit.list')).toBe(600302)
    expect(classOf('alerts.acknowledge')).toBe(600303)
    expect(classOf('connections.remove')).toBe(600304)
  })

  it('keeps what OCSF has no attribute for', () => {
    const entry = entryOf(5, { approval: 'approval-1' })
    expect(toOcsf(entry).unmapped).toMatchObject({ approval: 'approval-1', after: entry.after, policies: ['role-sre'] })
  })

  it('tells of a refusal as a failure with its reason', () => {
    const error = { code: 'forbidden', message: 'A viewer may not.', retryable: false } as const
    expect(toOcsf(entryOf(5, { outcome: 'forbidden', error }))).toMatchObject({
      status_id: 2,
      severity_id: 3,
      status_detail: 'A viewer may not.',
    })
  })
})
