import { join } from 'node:path'
import { loadPolicy } from '#main/app/load-policy.ts'
import { type Caller, personalCaller } from '#main/kernel/access/caller.ts'
import type { CedarPolicy } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { Question } from '#main/kernel/access/policy.ts'
import { inEnvironment } from '#main/kernel/service.ts'
import { percentile, type Row, show, spread } from './measure.ts'

const policies = 500
const runs = 5
const missesPerRun = 1_000
const hitsPerRun = 100_000
const resources = join(import.meta.dirname, '../../resources')

/** Policies as a big team would have them: most speak of one operation, some of everything. */
function workspace(policy: CedarPolicy, scoped: boolean): string {
  return Array.from({ length: policies }, (_, n) => {
    const action = policy.vocabulary.actions[n % policy.vocabulary.actions.length]
    const head = scoped
      ? `principal in Group::"team-${n % 40}", action == Action::"${action?.name}", resource`
      : 'principal, action, resource'
    return `@id("policy-${n}") @reason("Team ${n % 40} keeps out of it at night.")
forbid (${head})
when { principal.groups.contains("team-${n}") && resource.environment like "prod*" && context.hour < ${n % 24} }
unless { context.approvals > ${n % 3} || principal.roles.containsAny(["admin", "security-officer"]) };`
  }).join('\n')
}

const caller = (n: number): Caller => ({
  ...personalCaller(`user-${n}`, 'browser', 's', ['sre']),
  personal: false,
  provenAt: Date.now(),
  groups: ['on-call', `group-${n}`],
})

function questions(policy: CedarPolicy, count: number, from: number): readonly Question[] {
  const actions = policy.vocabulary.actions.filter(({ access }) => access.length === 0)
  return Array.from({ length: count }, (_, n) => {
    const action = actions[n % actions.length]
    if (!action) throw new Error('There are no operations.')
    return { caller: caller(from + n), action, resources: [inEnvironment('production')], grant: null }
  })
}

/** Microseconds of each judgement. */
function judge(policy: CedarPolicy, asked: readonly Question[]): readonly number[] {
  return asked.map((question) => {
    const began = performance.now()
    policy.judge(question)
    return (performance.now() - began) * 1_000
  })
}

function misses(policy: CedarPolicy): Row['ours'] {
  judge(policy, questions(policy, 200, 1_000_000))
  const worst: number[] = []
  const medians = Array.from({ length: runs }, (_, run) => {
    const times = judge(policy, questions(policy, missesPerRun, run * missesPerRun))
    worst.push(percentile(times, 0.99))
    return percentile(times, 0.5) / 1_000
  })
  return `${show(spread(medians), 'ms', 2)}, p99 ${(Math.max(...worst) / 1_000).toFixed(2)} ms`
}

function hits(policy: CedarPolicy): Row['ours'] {
  const asked = questions(policy, 100, 2_000_000)
  const worst: number[] = []
  const medians = Array.from({ length: runs }, () => {
    const times = Array.from({ length: hitsPerRun / asked.length }, () => judge(policy, asked)).flat()
    worst.push(percentile(times, 0.99))
    return percentile(times, 0.5)
  })
  return `${show(spread(medians), 'µs', 1)}, p99 ${Math.max(...worst).toFixed(1)} µs`
}

/** One decision at the one door, found again and made anew, beside the policies of a big team. */
export function policyRows(): Row[] {
  const policy = loadPolicy(resources)
  const rows: Row[] = []
  for (const scoped of [true, false]) {
    const text = workspace(policy, scoped)
    const before = process.cpuUsage()
    policy.install(text)
    const { user, system } = process.cpuUsage(before)
    const which = `${policies} policies, ${scoped ? 'each for one operation' : 'each for all operations'}`
    rows.push(
      { what: `Verdict found again, ${which}`, ours: hits(policy), goal: '< 50 µs' },
      { what: `Verdict made anew, ${which}`, ours: misses(policy), goal: '≤ 5 ms' },
      { what: `Putting in force, ${which}`, ours: `${((user + system) / 1_000).toFixed(0)} CPU ms (1 run)` },
    )
  }
  return rows
}
