import { createHash } from 'node:crypto'
import type { CedarPolicy, PolicyTrial } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { CompiledPolicy } from '#main/kernel/access/cedar/compile.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { PolicyDiagnostic, PolicyTest, PolicyTestResult, PolicyVersion } from '#preload/security/policies.ts'
import type { Directory } from '../ports.ts'
import { lockedOut } from './lock-out.ts'
import type { PolicyStore } from './store.ts'
import { runTests } from './tests.ts'

type Ports = {
  readonly store: PolicyStore
  readonly policy: CedarPolicy
  readonly administrators: Directory['administrators']
  readonly environments: () => Promise<readonly string[]>
  readonly clock: Clock
  /** Told after other policies took effect. */
  readonly onChange: () => void
}

type Draft = {
  readonly text: string
  readonly tests: readonly PolicyTest[]
  readonly note: string
  /** The version it was made from. */
  readonly revision: number
}

type Checked = {
  readonly diagnostics: readonly PolicyDiagnostic[]
  readonly results: readonly PolicyTestResult[]
}

export type PolicyService = {
  readonly current: () => Promise<{ readonly version: PolicyVersion; readonly tests: readonly PolicyTest[] }>
  readonly versions: () => Promise<PolicyVersion[]>
  readonly check: (text: string, tests: readonly PolicyTest[]) => Promise<Checked>
  readonly save: (author: string, draft: Draft) => Promise<{ before: PolicyVersion; after: PolicyVersion }>
  readonly rollBack: (
    author: string,
    version: number,
    note: string,
    revision: number,
  ) => Promise<{ before: PolicyVersion; after: PolicyVersion }>
  /**
   * Puts in force what is stored: at the start, and when another process has saved.
   * @returns false when it cannot be read; then only administrators act.
   */
  readonly load: () => Promise<boolean>
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Parses to nothing, so that only administrators act. */
const damaged = 'damaged'

const empty: PolicyVersion = { version: 0, text: '', note: '', at: null, by: null, digest: digestOf('') }

/** Policies as code: checked, tested, versioned, and in force at once. */
export function createPolicyService({
  store,
  policy,
  administrators,
  environments,
  clock,
  onChange,
}: Ports): PolicyService {
  let loaded: number | null = null

  const latest = async (): Promise<PolicyVersion> => (await store.latest()) ?? empty

  const check: PolicyService['check'] = async (text, tests) => {
    const { policies, diagnostics: wrong } = policy.check(text)
    const diagnostics = [...wrong, ...unknownEnvironments(text, policies, new Set(await environments()))]
    const sound = diagnostics.every(({ severity }) => severity !== 'error')
    const results = withTrial(policy, sound ? text : null, (trial) =>
      runTests(tests, trial, policy.vocabulary, clock.now()),
    )
    return { diagnostics, results }
  }

  const install = (version: PolicyVersion): boolean => {
    loaded = version.version
    const read = policy.install(version.text)
    onChange()
    return read
  }

  const save: PolicyService['save'] = async (author, draft) => {
    const before = await latest()
    if (draft.revision !== before.version) throw stale(before)
    refuseDefects(draft, await check(draft.text, draft.tests))
    const admins = await administrators()
    const lost = withTrial(policy, draft.text, (trial) =>
      trial ? lockedOut(trial, admins, policy.vocabulary, clock.now()) : [],
    )
    if (lost.length > 0) throw lockOut(lost)
    const after = {
      version: before.version + 1,
      text: draft.text,
      note: draft.note,
      at: iso(clock.now()),
      by: author,
      digest: digestOf(draft.text),
    }
    if (!(await store.add(after, draft.tests))) throw stale(await latest())
    install(after)
    return { before, after }
  }

  return {
    check,
    save,
    async current() {
      const version = await latest()
      return { version, tests: await store.tests(version.version) }
    },
    versions: async () => [...(await store.all()), empty],
    async rollBack(author, version, note, revision) {
      const old = version === 0 ? empty : await store.find(version)
      if (!old) throw new AppError('not_found', `There is no version ${version} of the policies.`)
      return save(author, { text: old.text, tests: await store.tests(version), note, revision })
    },
    async load() {
      const version = await latest()
      if (version.version === loaded) return true
      return install(version.digest === digestOf(version.text) ? version : { ...version, text: damaged })
    },
  }
}

/** A misspelt environment would make a policy that forbids say nothing, without anybody noticing. */
const unknownEnvironments = (
  text: string,
  policies: readonly CompiledPolicy[],
  known: ReadonlySet<string>,
): readonly PolicyDiagnostic[] =>
  policies.flatMap(({ id, environments, text: policy }) =>
    environments
      .filter((name) => !known.has(name))
      .map((name) => {
        const literal = JSON.stringify(name)
        const at = text.indexOf(policy) + Math.max(0, policy.indexOf(literal))
        return {
          severity: 'warning',
          message: `Nothing is in the environment ${literal}.`,
          hint: known.size === 0 ? null : `There are ${[...known].join(', ')}.`,
          from: at,
          to: at + literal.length,
          policy: id,
        }
      }),
  )

/** Runs something with policies that are not in force, and gives their memory back. @param text null: they do not parse. */
function withTrial<T>(policy: CedarPolicy, text: string | null, run: (trial: PolicyTrial | null) => T): T {
  const trial = text === null ? null : policy.trial(text)
  try {
    return run(trial)
  } finally {
    trial?.close()
  }
}

function refuseDefects(draft: Draft, { diagnostics, results }: Checked): void {
  const error = diagnostics.find(({ severity }) => severity === 'error')
  if (error)
    throw new AppError('invalid', error.policy ? `The policy ${error.policy}: ${error.message}` : error.message, {
      at: String(error.from),
      hint: error.hint ?? 'Correct it, then save again.',
    })
  const failed = results.findIndex(({ passed }) => !passed)
  const [test, result] = [draft.tests[failed], results[failed]]
  if (!test || !result) return
  throw new AppError(
    'invalid',
    result.verdict === 'error'
      ? `The test "${test.name}" names a role or an operation that does not exist.`
      : `The test "${test.name}" expects ${test.expect}, and the policies say ${result.verdict}.`,
    { at: `tests.${failed}`, hint: 'Correct the policies or the test, then save again.' },
  )
}

const stale = (now: PolicyVersion): AppError =>
  new AppError('conflict', `The policies have changed meanwhile: version ${now.version} is in force.`, {
    hint: 'Look at what changed, then save again.',
  })

const lockOut = (operations: readonly string[]): AppError =>
  new AppError('conflict', `With these policies no administrator could call ${operations.join(', ')} any more.`, {
    hint: 'Leave at least one administrator able to mend the policies.',
  })
