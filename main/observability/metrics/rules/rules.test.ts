import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { createPromql } from '../promql/promql.ts'
import { sample } from '../sample.ts'
import { createMetricStore } from '../store.ts'
import { createAlertStore } from './alert-store.ts'
import { parseRuleFile } from './rule-file.ts'
import { createRules } from './rules.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000

function machine(yaml: string) {
  const database = new Sqlite(':memory:')
  const store = createMetricStore(database)
  const open = () => createRules(yaml, createPromql(store), createAlertStore(database))
  return { store, open, database }
}

const hot = `
groups:
  - name: g
    interval: 15s
    rules:
      - alert: Hot
        expr: temperature > 30
        for: 5m
        keep_firing_for: 2m
        labels: { severity: warning, where: 'room {{ $labels.room }}' }
        annotations: { summary: '{{ $value }} degrees' }
`

describe('an alerting rule', () => {
  it('is pending at first, fires once it has held for its time, and is kept for keep_firing_for', () => {
    const { store, open } = machine(hot)
    const rules = open()
    const at = (minutes: number, celsius: number) => {
      store.append(start + minutes * minute, [sample('temperature', celsius, { room: 'a' })])
      rules.evaluate(start + minutes * minute)
      return rules.alerts().map((alert) => alert.state)
    }
    expect([at(0, 20), at(1, 31), at(5, 33), at(6, 35)]).toEqual([[], ['pending'], ['pending'], ['firing']])
    expect(rules.alerts()).toEqual([
      {
        labels: { alertname: 'Hot', room: 'a', severity: 'warning', where: 'room a' },
        annotations: { summary: '35 degrees' },
        state: 'firing',
        activeAt: start + minute,
        value: 35,
        rule: 'Hot',
        group: 'g',
        expr: 'temperature > 30',
        for: 300,
      },
    ])
    expect([at(7, 20), at(8, 20), at(9, 20)]).toEqual([['firing'], ['firing'], []])
    expect([at(10, 31), at(11, 20)]).toEqual([['pending'], []])
  })

  it('keeps one state per label set', () => {
    const { store, open } = machine(hot)
    const rules = open()
    store.append(start, [sample('temperature', 40, { room: 'a' }), sample('temperature', 20, { room: 'b' })])
    rules.evaluate(start)
    store.append(start + minute, [sample('temperature', 40, { room: 'a' }), sample('temperature', 40, { room: 'b' })])
    rules.evaluate(start + minute)
    expect(rules.alerts().map(({ labels, activeAt }) => [labels.room, activeAt - start])).toEqual([
      ['a', 0],
      ['b', minute],
    ])
  })

  it('waits for its interval between two evaluations', () => {
    const { store, open } = machine(hot)
    const rules = open()
    rules.evaluate(start)
    store.append(start + 5000, [sample('temperature', 40)])
    rules.evaluate(start + 5000)
    expect(rules.alerts()).toEqual([])
    rules.evaluate(start + 15_000)
    expect(rules.alerts()).toHaveLength(1)
  })
})

describe('a restart', () => {
  it('neither begins `for` again nor counts the time in which nothing was evaluated', () => {
    const { store, open } = machine(hot)
    const before = open()
    for (const minutes of [0, 1, 2, 3]) {
      store.append(start + minutes * minute, [sample('temperature', 40)])
      before.evaluate(start + minutes * minute)
    }
    const after = open()
    const states = [60, 61, 62].map((minutes) => {
      store.append(start + minutes * minute, [sample('temperature', 40)])
      after.evaluate(start + minutes * minute)
      return after.alerts().map((alert) => alert.state)
    })
    // Three of five minutes were served before the hour without us.
    expect(states).toEqual([['pending'], ['pending'], ['firing']])
  })

  it('keeps what fires', () => {
    const { store, open } = machine(hot.replace('for: 5m', 'for: 0s'))
    store.append(start, [sample('temperature', 40, { room: 'é"\\' })])
    open().evaluate(start)
    const after = open()
    expect(after.alerts()).toMatchObject([{ state: 'firing', activeAt: start, value: 40, labels: { room: 'é"\\' } }])
  })

  it('forgets the alerts of a rule that is no longer in the file', () => {
    const { store, open, database } = machine(hot.replace('for: 5m', 'for: 0s'))
    store.append(start, [sample('temperature', 40)])
    open().evaluate(start)
    createRules('groups: []', createPromql(store), createAlertStore(database))
    expect(open().alerts()).toEqual([])
  })
})

it('goes on when the wall clock jumps back', () => {
  const { store, open } = machine(hot)
  const rules = open()
  store.append(start + 90 * minute, [sample('temperature', 40)])
  rules.evaluate(start + 90 * minute)
  for (const minutes of [0, 3, 5]) {
    store.append(start + minutes * minute, [sample('temperature', 40)])
    rules.evaluate(start + minutes * minute)
  }
  expect(rules.alerts().map(({ state, activeAt }) => [state, activeAt])).toEqual([['firing', start]])
})

it('keeps the alerts of a rule that cannot be evaluated, and says why', () => {
  const { store, open } = machine(`
groups:
  - name: g
    interval: 15s
    rules:
      - { alert: Twice, expr: 'temperature > 30', labels: { room: same } }`)
  const rules = open()
  store.append(start, [sample('temperature', 40, { room: 'a' })])
  rules.evaluate(start)
  expect(rules.alerts()).toHaveLength(1)
  store.append(start + minute, [sample('temperature', 40, { room: 'a' }), sample('temperature', 40, { room: 'b' })])
  rules.evaluate(start + minute)
  expect(rules.alerts()).toHaveLength(1)
  expect(rules.status()).toMatchObject([{ rule: 'Twice', health: 'err', lastError: { code: 'invalid' } }])
})

describe('a rule file', () => {
  it.each([
    ['groups: [', /not YAML/, undefined],
    [
      'groups: [{name: g, rules: [{alert: A}]}]',
      /rule "A" of the group "g" is wrong in "expr"/,
      'groups.0.rules.0.expr',
    ],
    [
      'groups: [{name: g, rules: [{alert: A, expr: up, for: soon}]}]',
      /"soon" is not a duration/,
      'groups.0.rules.0.for',
    ],
    ['groups: [{name: g, rules: [{alert: A, expr: up, sevrity: x}]}]', /sevrity/, 'groups.0.rules.0'],
    [
      'groups: [{name: g, rules: [{alert: A, expr: up, labels: {a-b: x}}]}]',
      /invalid label name "a-b"/,
      'groups.0.rules.0',
    ],
    [
      'groups: [{name: g, rules: [{alert: A, expr: "sum("}]}]',
      /rule "A" .* ends unexpectedly/,
      'groups.0.rules.0.expr:4',
    ],
    ['groups: [{name: g, rules: [{alert: A, expr: "up[5m]"}]}]', /no instant vector/, 'groups.0.rules.0.expr:0'],
    ['groups: [{name: g, rules: [{expr: up}]}]', /has no "alert" name/, 'groups.0.rules.0'],
    ['groups: [{name: g}, {name: g}]', /"g" exists twice/, 'groups.1.name'],
    ['groups: [{rules: []}]', /groups.0/, 'groups.0.name'],
    ['grups: []', /grups/, ''],
  ])('is refused with group, rule and reason: %s', (yaml, message, at) => {
    const thrown = failure(() => parseRuleFile(yaml))
    expect(thrown).toMatchObject({ code: 'invalid', message: expect.stringMatching(message) })
    if (at !== undefined) expect(thrown.at).toBe(at)
  })

  it.each([
    ['groups: [{name: g, rules: [{record: "a:b", expr: up}]}]', /"a:b" .* recording rule/],
    ['groups: [{name: g, rules: [{alert: A, expr: "histogram_quantile(0.9, x)"}]}]', /histogram_quantile/],
    ['groups: [{name: g, limit: 3}]', /limit/],
  ])('says what is not supported: %s', (yaml, message) => {
    expect(failure(() => parseRuleFile(yaml))).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(message),
    })
  })

  it('may be empty', () => {
    expect(parseRuleFile('')).toEqual([])
    expect(parseRuleFile('groups:')).toEqual([])
  })
})

function failure(run: () => unknown): AppError {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
