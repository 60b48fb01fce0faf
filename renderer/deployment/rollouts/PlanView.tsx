import type { Plan } from '#preload/deployment/rollouts.ts'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'

const risks = {
  low: { word: 'Low risk', color: 'text-ok' },
  medium: { word: 'Medium risk', color: 'text-warning' },
  high: { word: 'High risk', color: 'text-high' },
} as const

/** What a rollout would do, before it does anything. */
export function PlanView({ plan }: { readonly plan: Plan }) {
  const { changes, steps, risk, blastRadius, blocked, drift } = plan
  const { requestsPerSecond, instances, unjudgedPercent } = blastRadius
  return (
    <div className="flex flex-col gap-2">
      {blocked.map((reason) => (
        <p key={reason} role="alert" className="text-high">
          <SafeText text={reason} />
        </p>
      ))}
      {drift === null ? null : (
        <p role="status" className="text-warning">
          <SafeText text={drift} />
        </p>
      )}
      <ul>
        {changes.map(({ what, before, after }) => (
          <li key={what}>
            <SafeText text={`${what}: ${before ?? 'nothing'} → ${after ?? 'nothing'}`} />
          </li>
        ))}
      </ul>
      <p>
        <strong className={risks[risk.level].color}>{risks[risk.level].word}.</strong> {risk.reasons.join(' ')}
      </p>
      <p className="text-secondary text-muted">
        {plural(instances, 'instance')}
        {requestsPerSecond === null
          ? ', no requests measured lately'
          : `, ${formatNumber(Number(requestsPerSecond.toPrecision(3)))} requests a second`}
        {`; ${unjudgedPercent} % of the requests get it before anything has judged it`}
      </p>
      <Section title="Step by step" count={steps.length}>
        <ol className="list-decimal pl-5">
          {steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps repeat and never move
            <li key={index}>
              <SafeText text={step} />
            </li>
          ))}
        </ol>
      </Section>
    </div>
  )
}
