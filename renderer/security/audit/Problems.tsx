import { Link } from '@tanstack/react-router'
import { ShieldAlert } from 'lucide-react'
import type { IntegrityProblem } from '#preload/security/audit-integrity.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { problemNames } from './standing.ts'

const shown = 100

function Problem({ problem }: { readonly problem: IntegrityProblem }) {
  const { kind, sequence, reason } = problem
  return (
    <li className="flex min-h-6 items-baseline gap-2 px-3">
      <ShieldAlert aria-hidden size={13} className="shrink-0 translate-y-0.5 text-critical" />
      <span title={problemNames[kind].meaning} className="w-20 shrink-0 font-medium text-critical">
        {problemNames[kind].name}
      </span>
      <span className="min-w-0 flex-1">
        <SafeText text={reason} />
      </span>
      {sequence === null ? null : (
        <Link
          to="/audit"
          search={{ open: sequence } as never}
          className="inline-flex min-h-6 shrink-0 items-center text-accent hover:underline"
        >
          Show entry {sequence}
        </Link>
      )}
    </li>
  )
}

/** Everything that does not hold, each by its name. */
export function Problems({ problems }: { readonly problems: readonly IntegrityProblem[] }) {
  return (
    <section aria-label="What is wrong with the log" className="border-b border-critical bg-critical/5">
      <ul className="max-h-40 overflow-auto py-1">
        {problems.slice(0, shown).map((problem) => (
          <Problem key={`${problem.kind} ${problem.sequence} ${problem.reason}`} problem={problem} />
        ))}
        {problems.length > shown ? <li className="px-3 text-muted">and {problems.length - shown} more</li> : null}
      </ul>
    </section>
  )
}
