import { describe, expect, it } from 'vitest'
import { parseMatchers } from '#preload/observability/matchers.ts'
import { accept } from './completion.ts'
import { completeMatchers, matcherPlace } from './matcher-syntax.ts'

const at = (marked: string) => {
  const caret = marked.indexOf('|')
  return matcherPlace(marked.replace('|', ''), caret)
}

describe('what stands at the caret of a matcher list', () => {
  it.each([
    ['|', { kind: 'name', from: 0, typed: '' }],
    ['sev|', { kind: 'name', from: 0, typed: 'sev' }],
    ['{sev|', { kind: 'name', from: 1, typed: 'sev' }],
    ['"od|', { kind: 'name', from: 0, typed: 'od' }],
    ['"odd name"|', { kind: 'operator', from: 10, typed: '' }],
    ['severity |', { kind: 'operator', from: 9, typed: '' }],
    ['severity!|', { kind: 'operator', from: 8, typed: '!' }],
    ['severity=|', { kind: 'value', from: 9, typed: '', name: 'severity' }],
    ['severity=~|', { kind: 'value', from: 10, typed: '', name: 'severity' }],
    ['severity="cri|', { kind: 'value', from: 9, typed: 'cri', name: 'severity' }],
    ['severity=cri|', { kind: 'value', from: 9, typed: 'cri', name: 'severity' }],
    ['severity="critical"|', { kind: 'end', from: 19 }],
    ['severity="a,b", na|', { kind: 'name', from: 16, typed: 'na' }],
    ['severity="a,|', { kind: 'value', from: 9, typed: 'a,', name: 'severity' }],
    ['"odd name"="x|', { kind: 'value', from: 11, typed: 'x', name: 'odd name' }],
  ])('%s', (marked, place) => {
    expect(at(marked)).toEqual(place)
  })
})

describe('completions', () => {
  const complete = completeMatchers(
    {
      names: async () => [
        { text: 'alertname', count: 9 },
        { text: 'service', count: 7 },
        { text: 'odd name', count: 1 },
      ],
      values: async (name) => [{ text: `${name} "one"\n`, count: 3 }],
    },
    'alert',
  )
  const signal = new AbortController().signal

  it('put what begins with the typed text first', async () => {
    const found = await complete('e', 1, signal)
    expect(found.map(({ label }) => label)).toEqual(['alertname', 'service', 'odd name'])
    expect((await complete('s', 1, signal))[0]).toMatchObject({ label: 'service', detail: '7 alerts' })
  })

  it('insert text that reads back to the very value, whatever it holds', async () => {
    const text = 'service="'
    const [value] = await complete(text, text.length, signal)
    const edit = accept(text, text.length, value ?? { label: '', insert: '', from: 0 })
    expect(parseMatchers(edit.text)).toEqual({
      kind: 'ok',
      matchers: [{ name: 'service', value: 'service "one"\n', isRegex: false, isEqual: true }],
    })
  })

  it('go on with the operator once a name is complete', async () => {
    expect((await complete('service', 7, signal)).map(({ label }) => label)).toEqual(['=', '!=', '=~', '!~'])
  })

  it('quote a name that cannot stand bare', async () => {
    expect((await complete('odd', 3, signal))[0]?.insert).toBe('"odd name"')
  })
})
