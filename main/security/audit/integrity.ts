import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import { readHead } from '#main/kernel/audit/tree.ts'
import { type Findings, verifyLog } from '#main/kernel/audit/verify.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { AppError } from '#preload/contract/error.ts'
import type { Integrity, IntegrityProblem } from '#preload/security/audit-integrity.ts'

/** What is known about the log in this run of the application. */
export type IntegrityState = {
  readonly now: () => Promise<Integrity>
  /** Verifies, telling how far it is; the last item is the verdict, and is remembered. */
  readonly verify: (signal: AbortSignal) => AsyncGenerator<Integrity>
}

/** Asks every anchor whether the log is still what it remembers. */
export type AskAnchors = (signal: AbortSignal) => Promise<{
  readonly problems: readonly IntegrityProblem[]
  readonly unreachable: readonly { readonly name: string; readonly error: AppError }[]
}>

type Options = {
  readonly workspace: Workspace
  readonly checkpoints: Checkpoints
  readonly clock: Clock
  readonly anchors: AskAnchors
  readonly onChange: () => void
}

type Verdict = Pick<Integrity, 'state' | 'checkpoint' | 'verifiedAt' | 'problems' | 'unasked'> & {
  readonly size: number
}

const toldEveryMs = 100

export function createIntegrity({ workspace, checkpoints, clock, anchors, onChange }: Options): IntegrityState {
  let verdict: Verdict | null = null
  let verifying: Findings | null = null

  const sizeNow = async (): Promise<number> => (await readHead(workspace))?.size ?? 0

  const remember = async (findings: Findings, signal: AbortSignal): Promise<void> => {
    const asked = await anchors(signal)
    const problems = [...findings.problems, ...asked.problems]
    const broken = problems.length > 0
    verdict = {
      // green only to a named checkpoint: without a signature anybody could have computed this tree
      state: broken ? 'broken' : findings.checkpoint ? 'verified' : 'unverified',
      checkpoint: findings.checkpoint,
      verifiedAt: iso(clock.now()),
      problems,
      unasked: asked.unreachable.map(({ name, error }) => `${name}: ${error.message}`),
      size: findings.size,
    }
  }

  const now = async (): Promise<Integrity> => {
    const size = await sizeNow()
    if (verifying) return progress(verifying, size)
    const doubts = [...checkpoints.doubts()]
    if (!verdict)
      return {
        state: doubts.length > 0 ? 'broken' : 'unverified',
        size,
        checked: 0,
        checkpoint: null,
        verifiedAt: null,
        problems: doubts,
        unasked: [],
      }
    const { size: checked, ...said } = verdict
    const covered = said.checkpoint?.size ?? 0
    const state = said.state === 'verified' && size > covered ? 'appended' : said.state
    return {
      ...said,
      state: doubts.length > 0 ? 'broken' : state,
      size,
      checked,
      problems: union(said.problems, doubts),
    }
  }

  return {
    now,
    async *verify(signal) {
      await checkpoints.sign().catch(() => null) // so that what is verified ends at a named checkpoint, where it can
      try {
        let told = clock.monotonic()
        for await (const findings of verifyLog(workspace, checkpoints.witness.read(), signal)) {
          verifying = findings
          if (findings.done) await remember(findings, signal)
          else if (clock.monotonic() - told >= toldEveryMs) {
            told = clock.monotonic()
            yield progress(findings, findings.size)
          }
        }
      } finally {
        verifying = null
        onChange()
      }
      yield await now()
    },
  }
}

const progress = (findings: Findings, size: number): Integrity => ({
  state: 'verifying',
  size,
  checked: findings.checked,
  checkpoint: null,
  verifiedAt: null,
  problems: [...findings.problems],
  unasked: [],
})

type Problems = Integrity['problems']
const union = (found: Problems, doubts: Problems): Problems => [
  ...found,
  ...doubts.filter((doubt) => !found.some(({ kind }) => kind === doubt.kind)),
]
