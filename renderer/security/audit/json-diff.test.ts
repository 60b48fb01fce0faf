import { describe, expect, it } from 'vitest'
import { diffJson, jsonText } from './json-diff.ts'

describe('the difference of two JSON values', () => {
  it('tells what was added, removed, changed and left alone, key by key', () => {
    const before = { name: 'a', auth: { kind: 'basic', username: 'x' }, enabled: true }
    const after = { name: 'b', auth: { kind: 'none' }, enabled: true, url: 'u' }
    expect(diffJson(before, after)).toEqual([
      { kind: 'changed', path: 'name', before: 'a', after: 'b' },
      { kind: 'changed', path: 'auth.kind', before: 'basic', after: 'none' },
      { kind: 'removed', path: 'auth.username', before: 'x' },
      { kind: 'same', path: 'enabled', after: true },
      { kind: 'added', path: 'url', after: 'u' },
    ])
  })

  it('takes null on one side for nothing', () => {
    expect(diffJson(null, { a: 1, b: { c: [2] } })).toEqual([
      { kind: 'added', path: 'a', after: 1 },
      { kind: 'added', path: 'b.c.0', after: 2 },
    ])
    expect(diffJson({ a: 1 }, null)).toEqual([{ kind: 'removed', path: 'a', before: 1 }])
    expect(diffJson(null, null)).toEqual([])
  })

  it('keeps null inside of a value as a value', () => {
    expect(diffJson({ quietHours: null }, { quietHours: { from: '22:00' } })).toEqual([
      { kind: 'changed', path: 'quietHours', before: null, after: { from: '22:00' } },
    ])
  })

  it('compares lists by position', () => {
    expect(diffJson({ units: ['a', 'b'] }, { units: ['a', 'c', 'd'] })).toEqual([
      { kind: 'same', path: 'units.0', after: 'a' },
      { kind: 'changed', path: 'units.1', before: 'b', after: 'c' },
      { kind: 'added', path: 'units.2', after: 'd' },
    ])
  })

  it('tells an emptied list and a list that became an object', () => {
    expect(diffJson({ a: [1] }, { a: [] })).toEqual([{ kind: 'removed', path: 'a.0', before: 1 }])
    expect(diffJson({ a: [] }, { a: [] })).toEqual([{ kind: 'same', path: 'a', after: [] }])
    expect(diffJson({ a: [1] }, { a: { 0: 1 } })).toEqual([
      { kind: 'changed', path: 'a', before: [1], after: { 0: 1 } },
    ])
  })

  it('writes text bare and everything else as JSON', () => {
    expect(['x', '', 1, null, [1]].map((value) => jsonText(value))).toEqual(['x', '""', '1', 'null', '[1]'])
  })
})
