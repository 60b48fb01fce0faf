import { describe, expect, it } from 'vitest'
import { parseMatchers } from '#preload/observability/matchers.ts'
import { hasShortened, keyLabels, wholeLabels, withLabel } from './labels.ts'

describe('a label added to the filter', () => {
  it('becomes one more matcher', () => {
    expect(withLabel('severity="critical"', 'team', 'pay', true)).toBe('severity="critical",team="pay"')
  })

  it('replaces its own opposite, and is not added twice', () => {
    const with_ = withLabel('', 'team', 'pay', true)
    expect(withLabel(with_, 'team', 'pay', true)).toBe('team="pay"')
    expect(withLabel(with_, 'team', 'pay', false)).toBe('team!="pay"')
  })

  it('reads back whatever the value holds', () => {
    const text = withLabel('', 'odd name', 'a "b"\\\nc', true)
    expect(parseMatchers(text)).toMatchObject({ matchers: [{ name: 'odd name', value: 'a "b"\\\nc' }] })
  })

  it('leaves a filter alone that cannot be read', () => {
    expect(withLabel('severity=', 'team', 'pay', true)).toBe('severity=')
  })
})

describe('labels of a row', () => {
  it('show the most telling first, and what stands in other columns not at all', () => {
    const labels = { alertname: 'A', severity: 'critical', zone: 'a', job: 'j', service: 's' }
    expect(keyLabels(labels).map(([name]) => name)).toEqual(['service', 'job', 'zone'])
  })

  it('that were shortened are not whole', () => {
    const labels = { team: 'pay', blob: `${'x'.repeat(200)}…` }
    expect(hasShortened(labels)).toBe(true)
    expect(wholeLabels(labels)).toEqual({ team: 'pay' })
  })
})
