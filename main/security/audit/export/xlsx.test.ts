import { Readable } from 'node:stream'
import exceljs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { entryOf, portsOver } from './entries.fixture.ts'
import { xlsxOf } from './xlsx.ts'

/** What another implementation reads in it. */
async function read(size: number, rowsPerSheet: number, make?: Parameters<typeof portsOver>[1]) {
  const batches = portsOver(size, make).entries({}, { batch: 1_000 })
  const chunks = xlsxOf({ filter: {}, total: size, batches, by: 'Ada', at: 0 }, rowsPerSheet)
  const workbook = new exceljs.Workbook()
  await workbook.xlsx.read(Readable.from(chunks, { objectMode: false }))
  return workbook.worksheets
}

describe('XLSX', () => {
  it('has a frozen header, a filter over all rows, numbers as numbers and times as dates', async () => {
    const [sheet] = await read(3, 1_000)
    expect(sheet?.rowCount).toBe(4)
    expect(sheet?.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 })
    expect(sheet?.autoFilter).toBe('A1:S4')
    expect(sheet?.getCell('A2').value).toBe(1)
    expect(sheet?.getCell('B2').value).toEqual(new Date('2026-01-01T00:00:01.000Z'))
    expect(sheet?.getCell('C2').value).toBe('Ada Lovelace')
    expect(sheet?.getRow(1).getCell(1).font).toMatchObject({ bold: true })
  })

  it('goes on in another sheet, header included, when one is full', async () => {
    const sheets = await read(25, 11)
    expect(sheets.map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ['Audit', 11],
      ['Audit 2', 11],
      ['Audit 3', 6],
    ])
    expect(sheets[2]?.getCell('A6').value).toBe(25)
  })

  it('is a workbook even without entries, and when the last sheet is just full', async () => {
    expect((await read(0, 11)).map(({ rowCount }) => rowCount)).toEqual([1])
    expect((await read(10, 11)).map(({ rowCount }) => rowCount)).toEqual([11])
  })

  it('keeps formulas, markup, control characters and numbered characters as text', async () => {
    const texts = ['=HYPERLINK("http://x")', '<b>&amp;</b>', 'a\u0000b\u001b\ud800', '\ufffe']
    const [sheet] = await read(texts.length, 1_000, (n) => entryOf(n, { actor: texts[n - 1] ?? null }))
    const column = texts.map((_, n) => sheet?.getCell(`C${n + 2}`))
    expect(column.map((cell) => cell?.value)).toEqual([
      '=HYPERLINK("http://x")',
      '<b>&amp;</b>',
      'a␀b␛\ufffd',
      '‹fffe›',
    ])
    expect(column.every((cell) => cell?.type === exceljs.ValueType.String)).toBe(true)
  })

  it('keeps text that looks like a numbered character (ECMA-376, ST_Xstring) from being read as one', async () => {
    const [sheet] = await read(1, 1_000, (n) => entryOf(n, { actor: '_x0041_' }))
    // exceljs shows the escape as it stands; spreadsheets take it for the underscore it means.
    expect(sheet?.getCell('C2').value).toBe('_x005F_x0041_')
  })

  it('shortens what no cell can hold, and says so', async () => {
    const [sheet] = await read(1, 1_000, (n) => entryOf(n, { after: 'x'.repeat(50_000) }))
    const text = String(sheet?.getCell('Q2').value)
    expect(text).toHaveLength(32_767)
    expect(text).toContain('50002 characters')
  })
})
