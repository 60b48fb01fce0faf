/** Which OCSF class and activity an operation is (events/iam and events/application of ocsf-schema 1.8.0). */
export type Activity = {
  readonly category: 3 | 6
  readonly class: 3001 | 3002 | 6003
  readonly className: string
  readonly id: number
  readonly name: string
}

const authentication = (id: number, name: string): Activity => ({
  category: 3,
  class: 3002,
  className: 'Authentication',
  id,
  name,
})
const account = (id: number, name: string): Activity => ({
  category: 3,
  class: 3001,
  className: 'Account Change',
  id,
  name,
})
const api = (id: number, name: string): Activity => ({
  category: 6,
  class: 6003,
  className: 'API Activity',
  id,
  name,
})

const identity: Readonly<Record<string, Activity>> = {
  'access.signIn': authentication(1, 'Logon'),
  'access.signInWithPassword': authentication(1, 'Logon'),
  'access.prove': authentication(6, 'Preauth'),
  'access.breakGlass': authentication(99, 'Other'),
  'access.signOut': authentication(2, 'Logoff'),
  'access.lock': authentication(2, 'Logoff'),
  'access.endSession': authentication(2, 'Logoff'),
  'access.confirmTotp': account(10, 'MFA Factor Enable'),
  'access.confirmPasskey': account(10, 'MFA Factor Enable'),
  'access.removeFactor': account(11, 'MFA Factor Disable'),
  'access.resetFactors': account(11, 'MFA Factor Disable'),
  'access.unlockIdentity': account(12, 'Unlock'),
  'access.setIdentity': account(99, 'Other'),
  'access.enrolDevice': account(99, 'Other'),
  'access.revokeDevice': account(99, 'Other'),
  'access.renewRecoveryCodes': account(99, 'Other'),
  'audit.erase': account(6, 'Delete'),
}

/** By the first word of the name, which contracts choose among few. */
const verbs: readonly (readonly [RegExp, number, string])[] = [
  [/^(create|add|place|request|begin|enrol|delegate|note|import)/, 1, 'Create'],
  [/^(list|get|facets|export|verify|proof|watch|query|search|me$|verdicts|.*[^s]s$)/, 2, 'Read'],
  [/^(remove|delete|revoke|end|release|withdraw|erase|expire)/, 4, 'Delete'],
]

export function activityOf(operation: string): Activity {
  const known = identity[operation]
  if (known !== undefined) return known
  const verb = operation.slice(operation.indexOf('.') + 1)
  const [, id, name] = verbs.find(([pattern]) => pattern.test(verb)) ?? [null, 3, 'Update']
  return api(id, name)
}
