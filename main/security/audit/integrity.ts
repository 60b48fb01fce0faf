import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import { readHead } from '#main/kernel/audit/tree.ts'
import { type Findings, verifyLog } from '#main/kernel/audit/verify.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Integrity } from '#preload/security/audit-integrity.ts'

/** What is known about the log in this run of the application. */
export type IntegrityState = {
  readonly now: () => Promise<Integrity>
  /** Verifies, telling how far it is; the last item is the verdict, and is remembered. */
  readonly verify: (signal: AbortSignal) => AsyncGenerator<Integrity>
}

type Options = {
  readonly workspace: Workspace
  readonly checkpoints: Checkpoints
  readonly clock: Clock
  readonly onChange: () => void
}

type Verdict = Pick<Integrity, 'state' | 'checkpoint' | 'verifiedAt' | 'problems'> & { readonly size: number }

const toldEveryMs = 100

export function createIntegrity({ workspace, checkpoints, clock, onChange }: Options): IntegrityState {
  let verdict: Verdict | null = null
  let verifying: Findings | null = null

  const sizeNow = async (): Promise<number> => (await readHead(workspace))?.size ?? 0

  const remember = (findings: Findings): void => {
    const broken = findings.problems.length > 0
    verdict = {
      // green only to a named checkpoint: without a signature anybody could have computed this tree
      state: broken ? 'broken' : findings.checkpoint ? 'verified' : 'unverified',
      checkpoint: findings.checkpoint,
      verifiedAt: iso(clock.now()),
      problems: [...findings.problems],
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
          if (findings.done) remember(findings)
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
})

type Problems = Integrity['problems']
const union = (found: Problems, doubts: Problems): Problems => [
  ...found,
  ...doubts.filter((doubt) => !found.some(({ kind }) => kind === doubt.kind)),
]
