import { expect, it } from 'vitest'
import type { Approval } from '#preload/security/approvals.ts'
import { refuseOtherStatement } from './statement.ts'

const approval = { id: 'a', operation: 'connections.remove', inputHash: '12ab' } as Approval
const bytes = (statement: unknown) => new TextEncoder().encode(JSON.stringify(statement))
const statement = { approval: 'a', operation: 'connections.remove', inputHash: '12ab', decision: 'approve' }

it('signs the statement about what is shown', () => {
  expect(() => refuseOtherStatement(bytes(statement), { approval, decision: 'approve' })).not.toThrow()
})

it.each([
  ['another request', { approval: 'b' }],
  ['another operation', { operation: 'connections.create' }],
  ['another input', { inputHash: 'ff' }],
  ['another decision', { decision: 'reject' }],
])('refuses a statement about %s', (_, change) => {
  expect(() => refuseOtherStatement(bytes({ ...statement, ...change }), { approval, decision: 'approve' })).toThrow(
    'nothing was signed',
  )
})
