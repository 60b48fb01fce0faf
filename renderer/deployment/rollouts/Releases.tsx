import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Release } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { formatBytes } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { releaseList, useForbidden, useRolloutChange } from './queries.ts'

/** The versions of a service, and which of them nothing rolls out any more. */
export function Releases({ service }: { readonly service: string }) {
  const query = useQuery(releaseList(service))
  const [asked, setAsked] = useState<Release | null>(null)
  return (
    <>
      <QueryView
        query={query}
        failure="The versions could not be loaded."
        ready={(releases) =>
          releases.length === 0 ? (
            <p className="text-muted">No version was added yet.</p>
          ) : (
            <>
              <ul>
                {releases.map((release) => (
                  <ReleaseRow key={release.id} release={release} onExclude={() => setAsked(release)} />
                ))}
              </ul>
              <p className="pt-1 text-secondary text-muted">
                Added again, the same files are a further version: rolled out, it has the configuration, the secrets and
                the command, health path and limits of the service as they are then.
              </p>
            </>
          )
        }
      />
      {asked === null ? null : <ExcludeDialog release={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function ReleaseRow({ release, onExclude }: { readonly release: Release; readonly onExclude: () => void }) {
  const { service, version, digest, bytes, addedBy, createdAt, notes, excluded } = release
  const forbidden = useForbidden()
  const allow = useRolloutChange(() => api.rollouts.exclude({ service, version, reason: null }))
  const repeat = useRolloutChange(() => api.rollouts.repeatRelease({ service, version }))
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-3 border-t border-line py-1">
      <strong className="w-28 truncate font-medium">{version}</strong>
      <code className="text-mono text-muted">{digest.slice(0, 12)}</code>
      <span className="w-20 text-right tabular-nums">{formatBytes(bytes)}</span>
      <span className="min-w-0 flex-1 truncate">
        {excluded === null ? (
          <SafeText text={notes} oneLine />
        ) : (
          <span className="text-high">
            <SafeText text={`Excluded by ${excluded.by}: ${excluded.reason}`} oneLine />
          </span>
        )}
      </span>
      <span className="text-muted text-secondary">
        <SafeText text={addedBy} />, <RelativeTime at={createdAt} />
      </span>
      <Button
        size={24}
        busy={repeat.isPending}
        forbidden={forbidden('rollouts.repeatRelease')}
        aria-label={`Add again: ${version}`}
        onClick={() => repeat.mutate(undefined)}
      >
        Add again
      </Button>
      <Button
        size={24}
        busy={allow.isPending}
        forbidden={forbidden('rollouts.exclude')}
        aria-label={excluded === null ? `Exclude ${version}` : `Allow ${version} again`}
        onClick={() => (excluded === null ? onExclude() : allow.mutate(undefined))}
      >
        {excluded === null ? 'Exclude' : 'Allow'}
      </Button>
      {allow.error === null ? null : <ErrorPanel title="It is still excluded." error={allow.error} />}
      {repeat.error === null ? null : <ErrorPanel title="Nothing was added." error={repeat.error} />}
    </li>
  )
}

function ExcludeDialog({ release, onClose }: { readonly release: Release; readonly onClose: () => void }) {
  const { service, version } = release
  const [reason, setReason] = useState('')
  const exclude = useRolloutChange(() => api.rollouts.exclude({ service, version, reason }))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (reason.trim() !== '') exclude.mutate(undefined, { onSuccess: onClose })
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Exclude ${version}?`}
      description="Nothing rolls it out any more. Where it runs it goes on."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="exclude-release"
            kind="primary"
            busy={exclude.isPending}
            disabled={reason.trim() === ''}
          >
            Exclude {version}
          </Button>
        </>
      }
    >
      <form id="exclude-release" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Why" required>
          <TextField value={reason} maxLength={300} onChange={({ target }) => setReason(target.value)} />
        </Field>
        {exclude.error === null ? null : <ErrorPanel title="It was not excluded." error={exclude.error} />}
      </form>
    </Dialog>
  )
}
