import { describe, expect, it } from 'vitest'
import { completePromql } from './completion.ts'

const names = ['node_load1', 'node_load5', 'node_cpu_seconds_total', 'rate_limited_total']
const labels = (text: string, caret = text.length) => completePromql(text, caret, names).map(({ label }) => label)

describe('the completion of PromQL', () => {
  it('offers metrics and functions that hold the word, those that begin with it first', () => {
    expect(labels('load')).toEqual(['node_load1', 'node_load5'])
    expect(labels('rate')).toEqual(['rate_limited_total', 'irate'])
  })

  it('replaces the word before the caret', () => {
    expect(completePromql('sum(node_l', 10, names)[0]).toEqual({
      label: 'node_load1',
      insert: 'node_load1',
      from: 4,
      detail: 'metric',
    })
  })

  it('opens the parenthesis of a function', () => {
    expect(completePromql('predi', 5, [])).toEqual([
      { label: 'predict_linear', insert: 'predict_linear(', from: 0, detail: 'function' },
    ])
  })

  it('stays silent inside of matchers, strings and between words', () => {
    expect(labels('node_load1{jo')).toEqual([])
    expect(labels('node_load1{job="no')).toEqual([])
    expect(labels('node_load1{job="a"} + no')).not.toEqual([])
    expect(labels('node_load1 + ')).toEqual([])
  })
})
