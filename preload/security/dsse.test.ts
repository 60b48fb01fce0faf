import { expect, it } from 'vitest'
import { preAuthenticationEncoding } from './dsse.ts'

it('encodes the example of the DSSE protocol', () => {
  const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', new TextEncoder().encode('hello world'))
  expect(new TextDecoder().decode(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world')
})

it('counts bytes, not characters', () => {
  expect(new TextDecoder().decode(preAuthenticationEncoding('ä', new TextEncoder().encode('öö')))).toBe(
    'DSSEv1 2 ä 4 öö',
  )
})
