import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AlertFilter, InboxView } from '#preload/observability/alerts.ts'
import { alertFilter, inboxView } from '#preload/observability/alerts.ts'
import type { ObservedAlert } from '../engine.ts'
import type { Overlay } from './alert.ts'
import { type History, openHistory, toPeriods } from './history.ts'
import { type Change, createInbox, type Inbox, type InboxSource } from './inbox.ts'
import { silenceSpec } from './local-silences.ts'
import { relatedTo } from './related.ts'
import { countOccurrences, openSeconds } from './service.ts'
import { applyView, select } from './view.ts'

const a: InboxSource = { id: 'a', environment: 'prod', silencedHere: false }
const b: InboxSource = { id: 'b', environment: 'prod', silencedHere: false }
const here: InboxSource = { id: 'here', environment: 'prod', silencedHere: true }

const alert = (name: string, more: Partial<ObservedAlert> = {}): ObservedAlert => ({
  labels: { alertname: name, severity: 'critical', ...more.labels },
  annotations: { summary: `${name} is bad` },
  state: 'firing',
  startsAt: 1_000,
  fingerprint: name,
  generatorUrl: '',
  receivers: [],
  silencedBy: [],
  inhibitedBy: [],
  ...(({ labels: _, ...rest }) => rest)(more),
})

const acknowledged = (id: string, since: number): Overlay => ({
  id,
  acknowledgement: { by: 'ana', at: '', comment: '', since },
  assignee: null,
  notes: 0,
})

let inbox: Inbox
beforeEach(() => {
  inbox = createInbox()
})
const stateOf = (name: string) => inbox.get(`prod.${name}`)?.state
const names = (change: Change) => change.stored.map(({ id, state }) => `${id} ${state}`)

describe('the inbox', () => {
  it('shows one alert for the same label set of two sources, and both sources', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.observe(b, [alert('X', { startsAt: 900 })], 2_000)
    expect(inbox.size()).toBe(1)
    expect(inbox.get('prod.X')?.sightings.map(({ sourceId }) => sourceId)).toEqual(['a', 'b'])
  })

  it('keeps the same label set of two environments apart', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.observe({ ...b, environment: 'staging' }, [alert('X')], 2_000)
    expect(inbox.size()).toBe(2)
  })

  it('changes nothing when a source says the same again', () => {
    inbox.observe(a, [alert('X')], 2_000)
    expect(inbox.observe(a, [alert('X')], 3_000)).toMatchObject({ stored: [], transitions: [] })
  })

  it('calls an alert silenced only when every source silences it', () => {
    inbox.observe(a, [alert('X', { state: 'silenced', silencedBy: ['s1'] })], 2_000)
    expect(stateOf('X')).toBe('silenced')
    inbox.observe(b, [alert('X')], 2_000)
    expect(stateOf('X')).toBe('firing')
  })

  it('resolves an alert when its last source stops naming it', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.observe(b, [alert('X')], 2_000)
    inbox.observe(a, [], 3_000)
    expect(stateOf('X')).toBe('firing')
    const change = inbox.observe(b, [], 4_000)
    expect(inbox.get('prod.X')).toMatchObject({ state: 'resolved', endedAt: 4_000 })
    expect(change.resolved).toEqual(['prod.X'])
  })

  it('opens a resolved alert again as a new occurrence', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.observe(a, [], 3_000)
    const change = inbox.observe(a, [alert('X', { startsAt: 5_000 })], 5_500)
    expect(inbox.get('prod.X')).toMatchObject({ state: 'firing', since: 5_000, endedAt: null })
    expect(change.newCritical.map(({ id }) => id)).toEqual(['prod.X'])
  })

  it('shows an acknowledgement for the occurrence it was given to, and not for the next', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.overlay([acknowledged('prod.X', 1_000)], 2_500)
    expect(stateOf('X')).toBe('acknowledged')
    inbox.observe(a, [], 3_000)
    inbox.observe(a, [alert('X', { startsAt: 4_000 })], 4_500)
    expect(stateOf('X')).toBe('firing')
  })

  it('sees a new occurrence that began while nobody looked', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.overlay([acknowledged('prod.X', 1_000)], 2_500)
    inbox.observe(a, [alert('X', { startsAt: 9_000 })], 9_500)
    expect(inbox.get('prod.X')).toMatchObject({ state: 'firing', since: 9_000 })
  })

  it('lets a silence win over an acknowledgement and come back to it', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.overlay([acknowledged('prod.X', 1_000)], 2_500)
    inbox.observe(a, [alert('X', { state: 'silenced', silencedBy: ['s'] })], 3_000)
    expect(stateOf('X')).toBe('silenced')
    const change = inbox.observe(a, [alert('X')], 4_000)
    expect(stateOf('X')).toBe('acknowledged')
    expect(change.newCritical).toEqual([])
  })

  it('notifies of a critical alert once, when it starts to fire', () => {
    expect(inbox.observe(a, [alert('X', { state: 'pending' })], 1_500).newCritical).toEqual([])
    expect(inbox.observe(a, [alert('X')], 2_000).newCritical).toHaveLength(1)
    expect(inbox.observe(b, [alert('X')], 2_000).newCritical).toEqual([])
    expect(inbox.observe(a, [alert('W', { labels: { severity: 'warning' } }), alert('X')], 2_100).newCritical).toEqual(
      [],
    )
  })

  it('applies silences of this workspace to sources that have none of their own, while they last', () => {
    inbox.setLocalSilences([
      silenceSpec({
        id: 'l1',
        matchers: [{ name: 'alertname', value: 'X', isRegex: false, isEqual: true }],
        startsAt: 0,
        endsAt: 5_000,
      }),
    ])
    inbox.observe(here, [alert('X'), alert('Y')], 2_000)
    inbox.observe(a, [alert('Z', { labels: { alertname: 'X' } })], 2_000)
    expect([stateOf('X'), stateOf('Y'), stateOf('Z')]).toEqual(['silenced', 'firing', 'firing'])
    expect(inbox.get('prod.X')?.sightings[0]?.silencedBy).toEqual(['l1'])
    inbox.observe(here, [alert('X'), alert('Y')], 5_000)
    expect(stateOf('X')).toBe('firing')
  })

  it('forgets what a removed source alone said', () => {
    inbox.observe(a, [alert('X'), alert('Y')], 2_000)
    inbox.observe(b, [alert('Y')], 2_000)
    expect(names(inbox.drop('a', 3_000)).sort()).toEqual(['prod.X resolved', 'prod.Y firing'])
  })

  it('expires what resolved long ago', () => {
    inbox.observe(a, [alert('X')], 2_000)
    inbox.observe(a, [], 3_000)
    expect(inbox.expire(3_000)).toBe(false)
    expect(inbox.expire(3_001)).toBe(true)
    expect(inbox.size()).toBe(0)
  })
})

describe('the history', () => {
  let history: History
  beforeEach(() => {
    history = openHistory(new Database(':memory:'))
  })
  const keep = (change: Change) => history.save(change.stored, change.transitions)

  it('goes on over a restart where it was', () => {
    keep(inbox.observe(a, [alert('X')], 2_000))
    const next = createInbox()
    next.restore(history.load(0))
    expect(next.get('prod.X')).toMatchObject({ state: 'firing', since: 1_000, labels: { alertname: 'X' } })
    keep(next.observe(a, [], 9_000))
    expect(history.periods('prod.X', 0, 10_000)).toEqual([
      { state: 'firing', from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:00:09.000Z' },
    ])
  })

  it('keeps every state of an alert in order, even when the wall clock jumps back', () => {
    keep(inbox.observe(a, [alert('X', { state: 'pending' })], 2_000))
    keep(inbox.observe(a, [alert('X')], 3_000))
    keep(inbox.observe(a, [alert('X', { state: 'inhibited' })], 500))
    keep(inbox.observe(a, [], 600))
    const periods = history.periods('prod.X', 0, 10_000)
    expect(periods.map(({ state }) => state)).toEqual(['pending', 'firing', 'inhibited'])
    expect(periods.every(({ from, to }) => to !== null && from < to)).toBe(true)
  })

  it('remembers resolved alerts for links to them, and prunes them in the end', () => {
    keep(inbox.observe(a, [alert('X')], 2_000))
    keep(inbox.observe(a, [], 3_000))
    expect(history.load(3_001)).toEqual([])
    expect(history.find('prod.X')).toMatchObject({ state: 'resolved', endedAt: 3_000 })
    history.prune(4_000)
    expect(history.find('prod.X')).toBeNull()
    expect(history.periods('prod.X', 0, 10_000)).toEqual([])
  })

  it('knows since when an environment is watched, and what a source last said', () => {
    expect(history.watchedSince('prod')).toBeNull()
    history.markWatched('a', 'prod', 5)
    history.markWatched('a', 'prod', 9)
    history.markWatched('b', 'prod', 3)
    expect(history.watchedSince('prod')).toBe(3)
    history.remember('a', '{"at":1}')
    expect(history.memory('a')).toBe('{"at":1}')
    expect(history.memory('z')).toBeNull()
  })
})

describe('periods', () => {
  const periods = toPeriods([
    { at: 0, state: 'pending' },
    { at: 10_000, state: 'firing' },
    { at: 20_000, state: 'resolved' },
    { at: 60_000, state: 'firing' },
  ])
  it('join into occurrences and add up to the time something was open', () => {
    expect(countOccurrences(periods)).toBe(2)
    expect(openSeconds(periods, 0, 70_000)).toBe(20)
    expect(openSeconds(periods, 15_000, 65_000)).toBe(10)
  })
})

describe('a view', () => {
  const view = (over: Partial<InboxView> = {}): InboxView => ({ ...inboxView.parse({}), ...over })
  const filter = (over: Partial<AlertFilter> = {}): AlertFilter => ({ ...alertFilter.parse({}), ...over })
  beforeEach(() => {
    inbox.observe(
      a,
      [
        alert('Disk', { labels: { severity: 'warning', service: 'pay-db', host: 'h1' }, startsAt: 3_000 }),
        alert('Burn', { labels: { service: 'pay-api' }, startsAt: 2_000 }),
        alert('Down', { labels: { service: 'cart' }, state: 'inhibited', inhibitedBy: ['x'] }),
      ],
      5_000,
    )
  })
  const ids = (over: Partial<AlertFilter>) => select(inbox.all(), filter(over)).passing.map(({ name }) => name)

  it('filters with matchers, words, severities and states', () => {
    expect(ids({ matchers: 'service=~"pay.*"' })).toEqual(['Disk', 'Burn'])
    expect(ids({ matchers: 'service=~"pay"' })).toEqual([])
    expect(ids({ matchers: 'host=""' })).toEqual(['Burn'])
    expect(ids({ matchers: 'service!~"pay.*"', states: [] })).toEqual(['Down'])
    expect(ids({ search: 'BAD disk' })).toEqual(['Disk'])
    expect(ids({ severities: ['critical'] })).toEqual(['Burn'])
    expect(ids({ environments: ['staging'] })).toEqual([])
    expect(ids({ assignee: 'ana' })).toEqual([])
  })

  it('counts every state whatever states are shown', () => {
    expect(select(inbox.all(), filter()).byState).toMatchObject({ firing: 2, inhibited: 1, resolved: 0 })
  })

  it('names the place of a fault in the matchers', () => {
    expect(() => ids({ matchers: 'service=~"pay' })).toThrowError(expect.objectContaining({ code: 'invalid', at: '9' }))
    expect(() => ids({ matchers: 'service=~"(?=x)"' })).toThrowError(expect.objectContaining({ code: 'invalid' }))
  })

  it('is not slowed by an expression that makes backtracking engines hang', () => {
    const label = 'a'.repeat(5_000)
    inbox.observe(b, [alert('Long', { labels: { text: `${label}!` } })], 6_000)
    expect(ids({ matchers: 'text=~"(a+)+"' })).toEqual([])
  })

  it('sorts by severity and then newest first', () => {
    const { alerts } = applyView(inbox.all(), view({ states: [] }))
    expect(alerts.map(({ name }) => name)).toEqual(['Burn', 'Down', 'Disk'])
    const byName = applyView(inbox.all(), view({ states: [], sort: { by: 'name', direction: 'ascending' } }))
    expect(byName.alerts.map(({ name }) => name)).toEqual(['Burn', 'Disk', 'Down'])
  })

  it('groups by labels with counts, and hides the rows of collapsed groups', () => {
    const grouped = view({ states: [], groupBy: ['severity'] })
    const { rows } = applyView(inbox.all(), grouped)
    expect(rows.map((row) => (row.kind === 'group' ? `${row.labels.severity}:${row.count}` : row.alert.name))).toEqual([
      'critical:2',
      'Burn',
      'Down',
      'warning:1',
      'Disk',
    ])
    const collapsed = applyView(inbox.all(), { ...grouped, collapsed: ['["critical"]'] })
    expect(collapsed.rows).toHaveLength(3)
    expect(collapsed.alerts).toHaveLength(3)
  })

  it('finds related alerts by the labels that tell something', () => {
    inbox.observe(
      b,
      [
        alert('Other', { labels: { service: 'pay-api', severity: 'info' } }),
        alert('Far', { labels: { service: 'x' } }),
      ],
      6_000,
    )
    const burn = inbox.get('prod.Burn')
    if (!burn) throw new Error('Burn is missing')
    expect(relatedTo(burn, inbox.all()).map(({ alert: { name }, shared }) => [name, shared])).toEqual([
      ['Other', ['service']],
    ])
  })
})
