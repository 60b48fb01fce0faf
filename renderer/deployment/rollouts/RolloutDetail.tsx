import { useQuery } from '@tanstack/react-query'
import { Play, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import type { RolloutDetail as Detail } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { ComesBackWith } from '../RunningConfiguration.tsx'
import { AnalysisTable } from './AnalysisTable.tsx'
import { LastVersions, LiveVersions } from './LiveVersions.tsx'
import { configurationsOf, rolloutDetail, useForbidden, useRolloutChange } from './queries.ts'
import { RolloutMark } from './RolloutMark.tsx'
import { versionsText } from './rollout-columns.tsx'
import { WhatTheyWrote } from './WhatTheyWrote.tsx'

const area = 'Rollouts'
const alarming: ReadonlySet<string> = new Set(['rollback', 'problem', 'git-problem'])

/** What it wrote stands in a part of its own. */
const isTold = ({ kind }: Detail['events'][number]): boolean => kind !== 'output'

function Actions({ rollout }: { readonly rollout: Detail }) {
  const { id, state, endedAt, service, environment, fromVersion } = rollout
  const forbidden = useForbidden()
  const [aborting, setAborting] = useState(false)
  const configurations = useQuery({ ...configurationsOf(service), enabled: aborting })
  const resume = useRolloutChange(() => api.rollouts.resume({ id }))
  const abort = useRolloutChange(() => api.rollouts.abort({ id, reason: '' }))
  const waits = state === 'paused'
  const runs = endedAt === null && state !== 'rolling-back'
  useCommands([
    {
      ...{ id: 'rollouts.resume', title: 'Let the rollout go on', area, shortcut: 'c', when: () => waits },
      disabledReason: forbidden('rollouts.resume'),
      run: () => resume.mutate(undefined),
    },
    {
      ...{ id: 'rollouts.abort', title: 'Stop the rollout and go back', area, shortcut: 'Shift+R', when: () => runs },
      disabledReason: forbidden('rollouts.abort'),
      run: () => setAborting(true),
    },
  ])
  return (
    <>
      {waits ? (
        <Button
          icon={Play}
          kind="primary"
          shortcut="c"
          busy={resume.isPending}
          forbidden={forbidden('rollouts.resume')}
          onClick={() => resume.mutate(undefined)}
        >
          Go on
        </Button>
      ) : null}
      {runs ? (
        <Button
          icon={Undo2}
          kind="danger"
          shortcut="Shift+R"
          forbidden={forbidden('rollouts.abort')}
          onClick={() => setAborting(true)}
        >
          Stop and go back
        </Button>
      ) : null}
      {resume.error === null ? null : <ErrorPanel title="It was not told to go on." error={resume.error} />}
      <ConfirmDialog
        open={aborting}
        onClose={() => setAborting(false)}
        onConfirm={() => abort.mutate(undefined, { onSuccess: () => setAborting(false) })}
        title="Stop this rollout?"
        target={`${service} in ${environment}`}
        effect={
          fromVersion === null ? (
            'Nothing is served any more.'
          ) : (
            <>
              <p>{fromVersion} gets all requests again at once.</p>
              <ComesBackWith
                configuration={configurations.data?.find(
                  (each) => each.environment === environment && each.version === fromVersion,
                )}
              />
            </>
          )
        }
        action="Stop and go back"
        destructive
        busy={abort.isPending}
        error={abort.error?.message}
      />
    </>
  )
}

/** Why the new version was not kept: the first thing somebody wants to know. */
function WhyBack({ events }: Pick<Detail, 'events'>) {
  const back = events.findLast(({ kind }) => kind === 'rollback')
  if (back === undefined) return null
  return (
    <p className="text-high">
      <SafeText text={back.by === null ? back.text : `${back.by}: ${back.text}`} />
    </p>
  )
}

/** What was written to Git when it went back, or what somebody has to write by hand. */
function ToldToGit({ events }: Pick<Detail, 'events'>) {
  const told = events.findLast(({ kind }) => kind === 'git' || kind === 'git-problem')
  if (told === undefined) return null
  return (
    <p className={told.kind === 'git-problem' ? 'text-high' : undefined}>
      <SafeText text={told.text} />
    </p>
  )
}

function Events({ events }: Pick<Detail, 'events'>) {
  return (
    <ol className="flex flex-col">
      {events.map(({ at, text, by, kind }) => (
        <li key={`${at} ${kind} ${text}`} className="flex min-h-6 items-baseline gap-2">
          <Timestamp at={at} className="shrink-0 text-secondary text-muted" />
          <span className={alarming.has(kind) ? 'text-high' : undefined}>
            <SafeText text={by === null || text.includes(by) ? text : `${text} (${by})`} />
          </span>
        </li>
      ))}
    </ol>
  )
}

type RolloutDetailProps = { readonly id: string; readonly onClose: () => void }

/** One rollout: what it does, how the versions do side by side, what was measured and decided, and what to press. */
export function RolloutDetail({ id, onClose }: RolloutDetailProps) {
  const query = useQuery(rolloutDetail(id))
  return (
    <QueryView
      query={query}
      failure="The rollout could not be loaded."
      ready={(rollout) => (
        <div className="flex h-full flex-col gap-3 overflow-auto p-3">
          <header className="flex flex-wrap items-center gap-2">
            <h2 className="min-w-0 flex-1 truncate font-semibold text-title">
              {rollout.service} in {rollout.environment}: {versionsText(rollout)}
            </h2>
            <RolloutMark state={rollout.state} />
            <IconButton size={24} icon={X} label="Close" onClick={onClose} />
          </header>
          <p>
            <SafeText text={rollout.phase} />
          </p>
          <WhyBack events={rollout.events} />
          <ToldToGit events={rollout.events} />
          <div className="flex flex-wrap items-center gap-2">
            <Actions rollout={rollout} />
          </div>
          {rollout.endedAt === null ? (
            <LiveVersions environment={rollout.environment} service={rollout.service} />
          ) : (
            <LastVersions measured={rollout.lastMeasured} />
          )}
          <WhatTheyWrote rollout={rollout} />
          {rollout.analysisRuns.length === 0 ? null : (
            <Section title="What was measured and decided" count={rollout.analysisRuns.length}>
              <AnalysisTable runs={rollout.analysisRuns} />
            </Section>
          )}
          <Section title="What happened" count={rollout.events.filter(isTold).length}>
            <Events events={rollout.events.filter(isTold)} />
          </Section>
          {rollout.approvals.length === 0 ? null : (
            <p className="text-secondary text-muted">Approved by {rollout.approvals.length}: see the audit log.</p>
          )}
        </div>
      )}
    />
  )
}
