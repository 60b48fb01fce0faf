import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layerText, readLayer } from './layer-text.ts'

describe('the lines of a layer', () => {
  it('are read with comments and empty lines left out', () => {
    expect(readLayer('# base\nA=1\n\n  B = two=2 \n')).toEqual({ kind: 'values', values: { A: '1', B: ' two=2 ' } })
  })

  it.each([
    ['A=1\nnothing', 'Line 2 has no “=”: write NAME=value.'],
    ['1A=x', 'Line 1 needs a name of letters, digits and underscores.'],
    ['A=1\nA=2', 'Line 2 gives A a second time.'],
  ])('are refused: %j', (text, message) => {
    expect(readLayer(text)).toEqual({ kind: 'wrong', message })
  })

  it('hold any value that a layer can have', () => {
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/)
    const value = fc.string().map((text) => text.replaceAll('\r', ''))
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (values) => {
        expect(readLayer(layerText(values))).toEqual({ kind: 'values', values })
      }),
    )
  })
})
