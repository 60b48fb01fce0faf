import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Caller, personalCaller } from '#main/kernel/access/caller.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { role } from '#preload/security/roles.ts'
import { loadPolicy } from './load-policy.ts'

const clock = manualClock()
const policy = loadPolicy(join(import.meta.dirname, '../../resources'), { clock })
const somebody = (roles: Caller['roles'], change: Partial<Caller> = {}): Caller => ({
  ...personalCaller('ana', 'browser', 's', roles),
  personal: false,
  provenAt: clock.now() - 3_600_000,
  ...change,
})

const columns: readonly (readonly [string, Caller])[] = [
  ['signed out', somebody([], { id: '', state: 'signed-out', provenAt: null })],
  ['no role', somebody([])],
  ...role.options.map((name) => [name, somebody([name])] as const),
  ['personal', personalCaller('ana', 'desktop', 's')],
  ['read-only', personalCaller('ana', 'desktop', 's', ['viewer'])],
]
const signs = { forbidden: '·', unauthenticated: '·', step_up: 'proof', approval_required: 'approval' } as const

it('gives each role what the table says, an hour after they last proved who they are', async () => {
  const width = Math.max(...policy.vocabulary.actions.map(({ name }) => name.length))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(at === 0 ? width : (columns[at - 1]?.[0].length ?? 0)))
      .join('  ')
      .trimEnd()
  const rows = policy.vocabulary.actions.map((action) =>
    line([
      action.name,
      ...columns.map(([, caller]) => {
        const verdict = policy.judge({ caller, action, resources: [], grant: null })
        return verdict.allowed ? 'yes' : signs[verdict.code]
      }),
    ]),
  )
  const table = [line(['', ...columns.map(([name]) => name)]), ...rows].join('\n')
  await expect(`${table}\n`).toMatchFileSnapshot('roles.test.txt')
})
