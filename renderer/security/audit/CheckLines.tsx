import { useQuery } from '@tanstack/react-query'
import { Check, CircleSlash, type LucideIcon, X } from 'lucide-react'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { formatDuration } from '#renderer/ui/format.ts'
import type { Checked, CheckLine } from './check.ts'

const looks: Readonly<Record<CheckLine['kind'], { readonly icon: LucideIcon; readonly color: string }>> = {
  holds: { icon: Check, color: 'text-ok' },
  fails: { icon: X, color: 'text-critical' },
  'not-checked': { icon: CircleSlash, color: 'text-muted' },
}
const words: Readonly<Record<CheckLine['kind'], string>> = {
  holds: 'holds',
  fails: 'fails',
  'not-checked': 'not checked',
}

function Lines({ checked }: { readonly checked: Checked }) {
  const { lines, holds, ms } = checked
  return (
    <>
      <p className="font-medium">
        Checked here: <span className={holds ? 'text-ok' : 'text-critical'}>{holds ? 'it holds' : 'it fails'}</span>
        <span className="font-normal text-muted">, recomputed in this window in {formatDuration(ms / 1000)}</span>
      </p>
      <ul>
        {lines.map(({ kind, text }) => {
          const { icon: Icon, color } = looks[kind]
          return (
            <li key={text} className="flex items-baseline gap-2">
              <Icon aria-hidden size={13} className={`shrink-0 translate-y-0.5 ${color}`} />
              <span className="sr-only">{words[kind]}: </span>
              <span className="min-w-0">{text}</span>
            </li>
          )
        })}
        <li className="flex items-baseline gap-2 text-muted">
          <CircleSlash aria-hidden size={13} className="shrink-0 translate-y-0.5" />
          The signature is checked by Verify and by an evidence package, not here.
        </li>
      </ul>
    </>
  )
}

type CheckLinesProps = {
  /** What is checked; another proof is checked anew. */
  readonly proof: unknown
  readonly check: () => Promise<Checked>
}

/** Recomputes a proof with the browser's own SHA-256, and says what was found. */
export function CheckLines({ proof, check }: CheckLinesProps) {
  const { data, error } = useQuery({
    queryKey: ['audit-check', proof],
    queryFn: check,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  return (
    <div role="status" className="flex flex-col gap-1">
      {error === null ? null : <ErrorPanel title="This window could not recompute the proof." error={error} />}
      {data === undefined ? null : <Lines checked={data} />}
    </div>
  )
}
