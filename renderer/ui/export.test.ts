import { describe, expect, it } from 'vitest'
import { csvField, toCsv, toJson } from './export.ts'

describe('csvField', () => {
  it.each(['=1+1', '+1', '-1+1', '@SUM(A1)', ' =1', '\t=1', '\u00a0=1', '＝1', '\r=1'])(
    'keeps a spreadsheet from running %j',
    (text) => expect(csvField(text).replace(/^"/, '').startsWith("'")).toBe(true),
  )
  it('leaves numbers, also negative ones, as numbers', () => {
    expect(csvField(-1.5)).toBe('-1.5')
    expect(csvField(Number.NaN)).toBe('')
  })
  it('quotes separators, quotes and line breaks', () => {
    expect(csvField('a,b')).toBe('"a,b"')
    expect(csvField('say "hi"')).toBe('"say ""hi"""')
    expect(csvField('a\nb')).toBe('"a\nb"')
  })
  it('leaves ordinary text alone, also with an operator inside', () => {
    expect(csvField('http://x/?a=b')).toBe('http://x/?a=b')
    expect(csvField(null)).toBe('')
    expect(csvField(true)).toBe('true')
  })
})

describe('exports', () => {
  const columns = [
    { header: 'name', value: (row: { name: string; count?: number }) => row.name },
    { header: 'count', value: (row: { name: string; count?: number }) => row.count },
  ]
  it('writes a header and one line a row', () => {
    expect(toCsv(columns, [{ name: '=x', count: 2 }, { name: 'y' }])).toBe("name,count\r\n'=x,2\r\ny,\r\n")
  })
  it('writes JSON without the spreadsheet guard', () => {
    expect(JSON.parse(toJson(columns, [{ name: '=x' }]))).toEqual([{ name: '=x', count: null }])
  })
})
