import type { PolicyTrial } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { ActionEntry, Vocabulary } from '#main/kernel/access/cedar/vocabulary.ts'
import { asCaller, type Directory } from '../ports.ts'
import { approvalsBy } from './tests.ts'

/** What somebody must still be able to do, so that every mistake can be mended. */
const indispensable = [
  'governance.savePolicies',
  'governance.rollbackPolicies',
  'access.setIdentity',
  'access.setSettings',
] as const

type Administrators = Awaited<ReturnType<Directory['administrators']>>

const hourMs = 3_600_000
const weekMs = 7 * 24 * hourMs
const hours = Array.from({ length: 7 * 24 }, (_, hour) => hour * hourMs)
/** Weeks later at which a right must still be there: a year, and ten. */
const later = [52, 521]

/**
 * What no administrator could do any more under these policies, by name. A right that only needs approvals counts where
 * there are enough other administrators to give them; one that comes and goes counts where it comes within a week, and is
 * still there in later years.
 */
export function lockedOut(
  trial: PolicyTrial,
  administrators: Administrators,
  vocabulary: Vocabulary,
  now: number,
): readonly string[] {
  const mayAt = (action: ActionEntry, at: number): boolean =>
    administrators.some((administrator) =>
      [0, administrators.length - 1].some(
        (others) =>
          others >= 0 &&
          trial.judge(
            {
              caller: asCaller(administrator, at, administrator.personal),
              action,
              resources: [],
              grant: approvalsBy(Math.min(others, 10)),
            },
            at,
          ).allowed,
      ),
    )
  return indispensable.filter((name) => {
    const action = vocabulary.actions.find((entry) => entry.name === name)
    if (!action) return false
    const first = hours.map((hour) => now + hour).find((at) => mayAt(action, at))
    return first === undefined || !later.every((weeks) => mayAt(action, first + weeks * weekMs))
  })
}
