import { describe, expect, it } from 'vitest'
import type { Silence, SilenceTarget } from '#preload/observability/silences.ts'
import { silences } from '#preload/observability/silences.ts'
import {
  type AlertToSilence,
  asLines,
  asText,
  commonLabels,
  draftFor,
  endOf,
  inputOf,
  localTime,
  problemsOf,
  readMatchers,
  targetFor,
} from './draft.ts'

const target = (
  id: string,
  environment: string | null,
  kind: SilenceTarget['kind'] = 'alertmanager',
): SilenceTarget => ({
  id,
  name: id,
  environment,
  kind,
  unavailable: null,
})
const targets = [target('am-prod', 'prod'), target('am-staging', 'staging'), target('local', null, 'local')]
const alert = (sources: AlertToSilence['sources'], environment = 'prod'): AlertToSilence => ({
  labels: { alertname: 'A', instance: 'i', team: 'pay' },
  environment,
  sources,
})
const now = Date.parse('2025-06-01T12:00:00Z')

describe('where an alert is silenced', () => {
  it('is the Alertmanager that reported it', () => {
    expect(targetFor([alert([{ id: 'am-staging', kind: 'alertmanager' }])], targets)).toBe('am-staging')
  })

  it('is the cluster of its environment when another member reported it', () => {
    expect(targetFor([alert([{ id: 'second-member', kind: 'alertmanager' }])], targets)).toBe('am-prod')
  })

  it('is this workspace when no Alertmanager knows it', () => {
    expect(targetFor([alert([{ id: 'prom', kind: 'prometheus' }])], targets)).toBe('local')
  })
})

describe('the matchers a silence begins with', () => {
  it('are all labels of one alert', () => {
    const draft = draftFor({ kind: 'alerts', alerts: [alert([])] }, targets)
    expect(draft.lines.map(({ name, value }) => `${name}=${value}`)).toEqual(['alertname=A', 'instance=i', 'team=pay'])
  })

  it('are the labels that all chosen alerts share', () => {
    expect(commonLabels([{ a: '1', b: '2' }, { a: '1', b: '3' }, { a: '1' }])).toEqual({ a: '1' })
    expect(commonLabels([])).toEqual({})
  })

  it('leave out a line that is not ticked', () => {
    const draft = draftFor({ kind: 'alerts', alerts: [alert([])] }, targets)
    const lines = draft.lines.map((line) => (line.name === 'instance' ? { ...line, on: false } : line))
    expect(readMatchers({ ...draft, lines })).toMatchObject({ matchers: [{ name: 'alertname' }, { name: 'team' }] })
  })

  it('are the same as text and as lines', () => {
    const draft = draftFor({ kind: 'alerts', alerts: [alert([])] }, targets)
    const text = asText(draft)
    expect(text.text).toBe('alertname="A",instance="i",team="pay"')
    expect(asLines(text)?.lines).toEqual(draft.lines)
    expect(asLines({ ...text, text: 'alertname=' })).toBeNull()
  })
})

describe('what has to be put right', () => {
  const draft = { ...draftFor({ kind: 'alerts', alerts: [alert([])] }, targets), comment: 'Known, fixed tomorrow.' }

  it('is nothing for a complete draft, which is what the application accepts', () => {
    const input = inputOf(draft, now)
    expect(problemsOf(draft, now)).toEqual({})
    expect(silences.operations.create.input.safeParse(input).success).toBe(true)
    expect(input).toMatchObject({ startsAt: '2025-06-01T12:00:00.000Z', endsAt: '2025-06-01T14:00:00.000Z' })
  })

  it.each([
    ['a comment', { ...draft, comment: ' ' }, 'comment'],
    ['matchers that cover everything', { ...draft, lines: [] }, 'matchers'],
    ['only a matcher of the empty value', { ...draft, text: 'team=""' }, 'matchers'],
    ['matchers that cannot be read', { ...draft, text: 'team=' }, 'matchers'],
    ['an end in the past', { ...draft, end: { kind: 'at', local: '2020-01-01T00:00' } }, 'end'],
    ['an end that is none', { ...draft, end: { kind: 'at', local: '' } }, 'end'],
  ] as const)('%s', (_, wrong, field) => {
    expect(Object.keys(problemsOf(wrong, now))).toEqual([field])
    expect(inputOf(wrong, now)).toBeNull()
  })
})

describe('a silence that is edited', () => {
  const silence: Silence = {
    id: 's1',
    target: 'am-prod',
    targetName: 'am-prod',
    environment: 'prod',
    state: 'active',
    matchers: [{ name: 'team', value: 'p.*', isRegex: true, isEqual: false }],
    startsAt: '2025-06-01T10:00:00.000Z',
    endsAt: '2025-06-01T15:00:00.000Z',
    createdBy: 'ann',
    comment: 'why',
    updatedAt: '2025-06-01T10:00:00.000Z',
    suppressed: 1,
  }

  it('keeps its matchers, start and end', () => {
    const input = inputOf(draftFor({ kind: 'edit', silence }, targets), now)
    expect(input).toMatchObject({ matchers: silence.matchers, startsAt: silence.startsAt, endsAt: silence.endsAt })
  })

  it('begins anew when it is made again', () => {
    expect(draftFor({ kind: 'again', silence }, targets)).toMatchObject({ startsAt: null, comment: 'why' })
  })
})

it('a local end is the same moment again', () => {
  expect(endOf({ kind: 'at', local: localTime(now) }, 0)).toBe(new Date(now).toISOString())
})
