import { describe, expect, it } from 'vitest'
import { findRecoveryCode, newRecoveryCodes, unusedRecoveryCodes } from './recovery-codes.ts'

describe('recovery codes', async () => {
  const { codes, stored } = await newRecoveryCodes()

  it('are ten different ones of 100 bits, written so that they can be copied from paper', () => {
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(unusedRecoveryCodes(stored)).toBe(10)
  })

  it('are not to be found in what is stored', () => {
    const text = JSON.stringify(stored)
    for (const code of codes) {
      expect(text).not.toContain(code)
      expect(text).not.toContain(code.replaceAll('-', ''))
    }
    expect(new Set(stored.map(({ hash }) => hash)).size).toBe(10)
  })

  it('are each found, in any case and with any or no dashes', async () => {
    for (const [index, code] of codes.entries()) expect(await findRecoveryCode(stored, code)).toEqual({ index })
    const [, , third = ''] = codes
    expect(await findRecoveryCode(stored, ` ${third.toLowerCase().replaceAll('-', ' ')} `)).toEqual({ index: 2 })
  })

  it('are found though a zero was read as an O, and a one as an I or L', async () => {
    const misread = (code: string) => code.replaceAll('0', 'o').replace('1', 'I').replaceAll('1', 'l')
    for (const [index, code] of codes.entries())
      expect(await findRecoveryCode(stored, misread(code))).toEqual({ index })
  })

  it('are refused once used, while the others still work', async () => {
    const [first = '', second = ''] = codes
    const after = stored.map((one, index) => (index === 0 ? { ...one, usedAt: '2026-01-01T00:00:00.000Z' } : one))
    expect(await findRecoveryCode(after, first)).toBeNull()
    expect(await findRecoveryCode(after, second)).toEqual({ index: 1 })
    expect(unusedRecoveryCodes(after)).toBe(9)
  })

  it('of another person, cut short or empty are refused', async () => {
    const [theirs = ''] = (await newRecoveryCodes()).codes
    const [mine = ''] = codes
    for (const wrong of [theirs, mine.slice(1), '', '-', `${mine}0`]) {
      expect(await findRecoveryCode(stored, wrong)).toBeNull()
    }
    expect(await findRecoveryCode([], mine)).toBeNull()
  })
})
