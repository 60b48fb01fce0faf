import { expect, it } from 'vitest'
import { typedProof, waysOf } from './ways.ts'

it('offers what is least trouble first, and recovery codes last', () => {
  expect(waysOf(['recovery-code', 'totp', 'passkey', 'sign-in'], true)).toEqual([
    'passkey',
    'totp',
    'sign-in',
    'recovery-code',
  ])
})

it('keeps a passkey that this page cannot use, after everything else', () => {
  expect(waysOf(['passkey', 'recovery-code', 'totp'], false)).toEqual(['totp', 'recovery-code', 'passkey'])
})

it('makes the proof of what was typed', () => {
  expect(typedProof('totp', '123456')).toEqual({ kind: 'totp', code: '123456' })
  expect(typedProof('password', 'x')).toEqual({ kind: 'password', password: 'x' })
  expect(typedProof('passphrase', 'x')).toEqual({ kind: 'passphrase', passphrase: 'x' })
})
