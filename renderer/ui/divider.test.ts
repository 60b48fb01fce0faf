import { describe, expect, it } from 'vitest'
import { clampSize, sizeAfterKey } from './divider.ts'

const limits = { min: 200, max: 600 }
const axis = { shrink: 'ArrowRight', grow: 'ArrowLeft', step: 16 }

describe('divider', () => {
  it('moves by steps and stops at its limits', () => {
    expect(sizeAfterKey('ArrowLeft', 300, limits, axis)).toBe(316)
    expect(sizeAfterKey('ArrowRight', 205, limits, axis)).toBe(200)
    expect(sizeAfterKey('Home', 300, limits, axis)).toBe(200)
    expect(sizeAfterKey('End', 300, limits, axis)).toBe(600)
    expect(sizeAfterKey('a', 300, limits, axis)).toBeNull()
  })
  it('keeps the minimum where the window is too small for both', () => {
    expect(clampSize(500, { min: 280, max: 100 })).toBe(280)
  })
})
