import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { GitSource } from '#preload/deployment/git-sources.ts'
import type { Release, Service, Strategy } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { JudgementFields } from './JudgementFields.tsx'
import { PlanView } from './PlanView.tsx'
import { environmentNames, gitSourcesOf, releaseList, rolloutPlan, useRolloutChange } from './queries.ts'
import { emptyDraft, judges, type RolloutDraft, rolloutOf } from './rollout-draft.ts'
import { StrategyFields } from './StrategyFields.tsx'
import { strategies } from './strategies.ts'

/** That of Git first. */
function versionOptions(releases: readonly Release[], git: GitSource | undefined) {
  const says = git?.reading?.version
  const options = releases.map(({ version, excluded }) => ({
    value: version,
    label: `${version}${version === says ? ' (Git says)' : ''}${excluded === null ? '' : ' (excluded)'}`,
    disabled: excluded !== null,
  }))
  return options.toSorted((a, b) => Number(b.value === says) - Number(a.value === says))
}

type RollOutDialogProps = {
  readonly service: Service
  readonly onClose: () => void
  readonly onStarted: (id: string) => void
}

/** Plans a rollout, shows what it would do, and starts it. */
export function RollOutDialog({ service, onClose, onStarted }: RollOutDialogProps) {
  const environments = useQuery(environmentNames)
  const releases = useQuery(releaseList(service.name))
  const sources = useQuery(gitSourcesOf(service.name))
  const [draft, setDraft] = useState<RolloutDraft>(() => ({
    ...emptyDraft,
    environment: service.placements[0]?.environment ?? '',
  }))
  const set = (change: Partial<RolloutDraft>): void => setDraft((present) => ({ ...present, ...change }))
  const git = sources.data?.find(({ environment }) => environment === draft.environment)
  const all = versionOptions(releases.data ?? [], git)
  // What Git says is offered until somebody chooses.
  const offered = all.find(({ value, disabled }) => value === git?.reading?.version && !disabled)?.value
  const version = draft.version === '' ? (offered ?? '') : draft.version
  const input = rolloutOf(service.name, { ...draft, version })
  const complete = input.environment !== '' && version !== ''
  const plan = useQuery({ ...rolloutPlan(input), enabled: complete })
  const start = useRolloutChange(() => api.rollouts.start({ ...input, begins: plan.data?.begins ?? undefined }))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    start.mutate(undefined, { onSuccess: ({ id }) => onStarted(id) })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={`Roll out ${service.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="roll-out"
            kind="primary"
            busy={start.isPending}
            disabled={!complete || plan.data === undefined || plan.data.blocked.length > 0}
          >
            Start the rollout
          </Button>
        </>
      }
    >
      <form id="roll-out" onSubmit={submit} className="flex flex-col gap-3">
        <div className="grid grid-cols-2 gap-3">
          <Field label="Environment" required>
            <Select
              options={(environments.data ?? []).map((name) => ({ value: name, label: name }))}
              value={draft.environment}
              placeholder="Choose"
              onChange={(environment) => set({ environment })}
            />
          </Field>
          <Field label="Version" required>
            <Select
              options={all}
              value={version}
              placeholder="Choose"
              onChange={(chosen) => set({ version: chosen })}
            />
          </Field>
        </div>
        <Field label="Strategy" required>
          <Select
            options={strategies}
            value={draft.strategy}
            onChange={(strategy) => set({ strategy: strategy as Strategy['kind'] })}
          />
        </Field>
        <StrategyFields draft={draft} set={set} />
        {judges(draft.strategy) ? <JudgementFields draft={draft} set={set} /> : null}
        {plan.error === null ? null : <ErrorPanel title="This cannot be planned." error={plan.error} />}
        {plan.data === undefined ? null : <PlanView plan={plan.data} />}
        {start.error === null ? null : <ErrorPanel title="The rollout was not started." error={start.error} />}
      </form>
    </Dialog>
  )
}
