import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { GitSource } from '#preload/deployment/git-sources.ts'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { type GitDraft, gitDraftOf, gitSourceOf } from './git-draft.ts'
import { JudgementFields } from './JudgementFields.tsx'
import { environmentNames, useRolloutChange } from './queries.ts'
import { judges, type RolloutDraft } from './rollout-draft.ts'
import { StrategyFields } from './StrategyFields.tsx'
import { strategies } from './strategies.ts'

type SetDraft = (change: Partial<GitDraft>) => void
type Parts = { readonly draft: GitDraft; readonly set: SetDraft; readonly source: GitSource | null }

type GitSourceDialogProps = {
  readonly service: string
  readonly source: GitSource | null
  readonly onClose: () => void
}

/** Names where Git says the version of a service in an environment, and whether it is followed. */
export function GitSourceDialog({ service, source, onClose }: GitSourceDialogProps) {
  const environments = useQuery(environmentNames)
  const [draft, setDraft] = useState(() => gitDraftOf(source, ''))
  const set: SetDraft = (change) => setDraft((present) => ({ ...present, ...change }))
  const retry = useVaultRetry()
  const save = useRolloutChange(() => retry(() => api.gitSources.save(gitSourceOf(service, draft, source))))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.mutate(undefined, { onSuccess: onClose })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={source === null ? `Name a source in Git for ${service}` : `Edit the source of ${source.environment}`}
      description="A YAML file on a branch says which version is to run. After a rollback the revert is written there."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="git-source" kind="primary" busy={save.isPending}>
            Save the source
          </Button>
        </>
      }
    >
      <form id="git-source" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Environment" required>
          <Select
            options={(environments.data ?? []).map((name) => ({ value: name, label: name }))}
            value={draft.environment}
            placeholder="Choose"
            disabled={source !== null}
            onChange={(environment) => set({ environment })}
          />
        </Field>
        <PlaceFields draft={draft} set={set} source={source} />
        <TokenFields draft={draft} set={set} source={source} />
        <AutomaticFields draft={draft} set={set} source={source} />
        {save.error === null ? null : <ErrorPanel title="The source was not saved." error={save.error} />}
      </form>
    </Dialog>
  )
}

const text = (draft: GitDraft, set: SetDraft, key: 'address' | 'branch' | 'path' | 'key' | 'user' | 'token') => ({
  value: draft[key],
  onChange: ({ target }: { readonly target: { readonly value: string } }) => set({ [key]: target.value }),
})

function PlaceFields({ draft, set }: Parts) {
  return (
    <>
      <Field
        label="Repository"
        hint="https://, ssh://, git://, or a bare repository in a folder of this machine."
        required
      >
        <TextField mono placeholder="https://git.example.org/deploy.git" {...text(draft, set, 'address')} />
      </Field>
      <div className="grid grid-cols-3 gap-3">
        <Field label="Branch" required>
          <TextField mono {...text(draft, set, 'branch')} />
        </Field>
        <Field label="File" required>
          <TextField mono placeholder="deploy/production.yaml" {...text(draft, set, 'path')} />
        </Field>
        <Field label="Key" hint="With dots: image.tag" required>
          <TextField mono {...text(draft, set, 'key')} />
        </Field>
      </div>
    </>
  )
}

function TokenFields({ draft, set, source }: Parts) {
  const kept = source?.hasToken === true && !draft.removeToken
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Token" hint="For https://. It may read the branch, and push to it.">
          <TextField
            type="password"
            autoComplete="new-password"
            placeholder={kept ? 'kept in the vault — type to replace' : undefined}
            {...text(draft, set, 'token')}
          />
        </Field>
        <Field label="Name sent with the token" hint="Most servers take any." required>
          <TextField mono {...text(draft, set, 'user')} />
        </Field>
      </div>
      {source?.hasToken === true ? (
        <Checkbox
          label="Remove the token"
          checked={draft.removeToken}
          onChange={(removeToken) => set({ removeToken })}
        />
      ) : null}
    </>
  )
}

const followed: readonly { readonly value: GitDraft['automatic']; readonly label: string }[] = [
  { value: 'no', label: 'A person rolls it out' },
  { value: 'new', label: 'It is rolled out by itself' },
]

function AutomaticFields({ draft, set, source }: Parts) {
  const kept = source?.automatic
  const options = kept
    ? [...followed, { value: 'kept', label: `By itself, as before: ${kept.strategy.kind}` } as const]
    : followed
  const fields = {
    draft: draft.rollout,
    set: (change: Partial<RolloutDraft>) => set({ rollout: { ...draft.rollout, ...change } }),
  }
  return (
    <>
      <Field label="When Git says another version" hint="From the next change in Git on." required>
        <Select options={options} value={draft.automatic} onChange={(automatic) => set({ automatic })} />
      </Field>
      {draft.automatic === 'new' ? (
        <>
          <Field label="Strategy" required>
            <Select
              options={strategies}
              value={draft.rollout.strategy}
              onChange={(strategy) => fields.set({ strategy })}
            />
          </Field>
          <StrategyFields {...fields} />
          {judges(draft.rollout.strategy) ? <JudgementFields {...fields} /> : null}
        </>
      ) : null}
    </>
  )
}
