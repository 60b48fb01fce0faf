import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical, canonicalOfAny } from './canonical.ts'

/** A double by its bits, as RFC 8785 appendix B lists them. */
const double = (hex: string): number => Buffer.from(hex, 'hex').readDoubleBE()

describe('canonical JSON', () => {
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the number %s of RFC 8785 appendix B as %s', (bits, text) => {
    expect(canonical(double(bits))).toBe(text)
  })

  it.each(['7fffffffffffffff', '7ff0000000000000'])('refuses %s, which is no number in JSON', (bits) => {
    expect(() => canonical(double(bits))).toThrow(TypeError)
  })

  it('sorts keys by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const keys = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew', '1': 'One' }
    const more = { '\ud83d\ude00': 'Emoji', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' }
    expect(Object.values(JSON.parse(canonical({ ...keys, ...more })))).toEqual([
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji',
      'Hebrew',
    ])
    expect(canonical({ ...keys, ...more })).toMatch(/^\{"\\r":"Carriage Return","1":"One","\u0080"/)
  })

  it('writes the example of RFC 8785 section 3.2.2 as it does', () => {
    const input =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    expect(canonical(JSON.parse(input))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('refuses half of a surrogate pair, as text and as key; the log writes U+FFFD instead', () => {
    expect(() => canonical('\udead')).toThrow(TypeError)
    expect(() => canonical({ '\ud800': 1 })).toThrow(TypeError)
    expect(canonicalOfAny({ a: ['\udead', Number.NaN] })).toBe('{"a":["\ufffd",null]}')
  })

  it('drops undefined and asks toJSON, as JSON does', () => {
    expect(canonical({ b: undefined, a: new Date(0), c: [undefined] })).toBe(
      '{"a":"1970-01-01T00:00:00.000Z","c":[null]}',
    )
    expect(() => canonical(() => {})).toThrow(TypeError)
  })

  it('says the same of equal values whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const text = canonicalOfAny(value)
        expect(canonicalOfAny(Object.fromEntries(Object.entries(value).reverse()))).toBe(text)
        expect(canonical(JSON.parse(text))).toBe(text)
      }),
    )
  })
})
