import type { RolloutDetail } from '#preload/deployment/rollouts.ts'
import { Section } from '#renderer/ui/Section.tsx'
import { Lines, Written } from './Written.tsx'

/** What the versions of a rollout wrote: those that run, and the end of what one wrote that went back. */
export function WhatTheyWrote({ rollout }: { readonly rollout: RolloutDetail }) {
  const { environment, service, fromVersion, toVersion, state, events } = rollout
  const kept = events.findLast(({ kind }) => kind === 'output')
  const back = state === 'rolled-back'
  const runs = [toVersion, fromVersion].filter((each) => each !== null).filter((each) => !back || each !== toVersion)
  return (
    <Section title="What it wrote">
      <div className="flex flex-col gap-2">
        {kept === undefined ? null : <Lines title={`What ${toVersion} wrote before it was ended`} text={kept.text} />}
        {back && kept === undefined ? (
          <p className="text-muted">{toVersion} wrote nothing that was kept before it was ended.</p>
        ) : null}
        {runs.map((version) => (
          <Written key={version} {...{ environment, service, version }} />
        ))}
      </div>
    </Section>
  )
}
