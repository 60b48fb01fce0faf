import { expect, it } from 'vitest'
import { saysSecondFactor } from './second-factor.ts'

it.each([
  [['mfa'], null, true],
  [['pwd', 'otp'], null, true],
  [['pin', 'hwk'], null, true],
  [['pwd'], null, false],
  [['pwd', 'kba'], null, false],
  [['otp', 'sms'], null, false],
  [['toString', 'constructor'], null, false],
  [[], null, false],
  [[], 'https://refeds.org/profile/mfa', true],
  [['pwd'], 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport', false],
])('methods %j in context %s say a second factor: %s', (methods, context, expected) => {
  expect(saysSecondFactor(methods, context)).toBe(expected)
})
