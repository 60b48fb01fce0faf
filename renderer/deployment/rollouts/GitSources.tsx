import { useQuery } from '@tanstack/react-query'
import { Plus, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import type { GitSource } from '#preload/deployment/git-sources.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { GitSourceDialog } from './GitSourceDialog.tsx'
import { stepText } from './git-draft.ts'
import { gitSourcesOf, useForbidden, useRolloutChange } from './queries.ts'

const none: readonly GitSource[] = []
const colors = { 'in step': 'text-ok', differs: 'text-warning', 'not known': 'text-muted' } as const
const signs = { 'in step': '✓', differs: '≠', 'not known': '?' } as const

/** Which version Git says of a service in each environment, beside what runs. */
export function GitSources({ service }: { readonly service: string }) {
  const query = useQuery(gitSourcesOf(service))
  const sources = query.data ?? none
  const [editing, setEditing] = useState<GitSource | 'new' | null>(null)
  const [removing, setRemoving] = useState<GitSource | null>(null)
  const forbidden = useForbidden()
  const read = useRolloutChange(async () => {
    for (const { environment } of sources) await api.gitSources.read({ environment, service })
  })
  const remove = useRolloutChange(({ environment }: GitSource) => api.gitSources.remove({ environment, service }))
  useCommands([
    {
      ...{ id: 'services.readGit', title: 'Ask Git now', area: 'Services', shortcut: 'f' },
      when: () => sources.length > 0,
      disabledReason: forbidden('gitSources.read'),
      run: () => read.mutate(undefined),
    },
  ])
  return (
    <>
      <QueryView
        query={query}
        failure="What Git says could not be loaded."
        ready={() =>
          sources.length === 0 ? (
            <p className="text-muted">Git says nothing of it.</p>
          ) : (
            <ul>
              {sources.map((source) => (
                <SourceRow
                  key={source.environment}
                  source={source}
                  onEdit={() => setEditing(source)}
                  onRemove={() => setRemoving(source)}
                />
              ))}
            </ul>
          )
        }
      />
      {read.error === null ? null : <ErrorPanel title="Git was not asked." error={read.error} />}
      <div className="flex flex-wrap gap-2">
        {sources.length === 0 ? null : (
          <Button
            size={24}
            icon={RefreshCw}
            shortcut="f"
            busy={read.isPending}
            forbidden={forbidden('gitSources.read')}
            onClick={() => read.mutate(undefined)}
          >
            Ask Git now
          </Button>
        )}
        <Button size={24} icon={Plus} forbidden={forbidden('gitSources.save')} onClick={() => setEditing('new')}>
          Name a source in Git
        </Button>
      </div>
      {editing === null ? null : (
        <GitSourceDialog
          service={service}
          source={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      {removing === null ? null : (
        <ConfirmDialog
          open
          onClose={() => setRemoving(null)}
          onConfirm={() => remove.mutate(removing, { onSuccess: () => setRemoving(null) })}
          title="Forget this source?"
          target={`${service} in ${removing.environment}`}
          effect="Git is not asked any more and no revert is written to it. What runs goes on."
          action="Forget it"
          destructive
          busy={remove.isPending}
          error={remove.error?.message}
        />
      )}
    </>
  )
}

type SourceRowProps = { readonly source: GitSource; readonly onEdit: () => void; readonly onRemove: () => void }

function SourceRow({ source, onEdit, onRemove }: SourceRowProps) {
  const { environment, state, error, held, automatic } = source
  const forbidden = useForbidden()
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-t border-line py-1">
      <strong className="w-24 truncate pt-0.5 font-medium">{environment}</strong>
      <div className="min-w-0 flex-1 pt-0.5">
        <p className={colors[state]}>
          <span aria-hidden>{signs[state]} </span>
          <SafeText text={stepText(source)} />
        </p>
        {error === null ? null : (
          <p className="text-high">
            <SafeText text={error} />
          </p>
        )}
        {held === null ? null : (
          <p className="text-high">
            <SafeText text={`Not rolled out by itself: ${held}`} />
          </p>
        )}
        <Commit source={source} />
        <p className="break-words text-secondary text-muted">
          <SafeText text={`${source.key} in ${source.path} on ${source.branch} of ${source.address}`} />
          {automatic === null ? null : `; rolled out by itself by ${automatic.strategy.kind}`}
        </p>
      </div>
      <Button
        size={24}
        aria-label={`Edit the source of ${environment}`}
        forbidden={forbidden('gitSources.save')}
        onClick={onEdit}
      >
        Edit
      </Button>
      <Button
        size={24}
        aria-label={`Forget the source of ${environment}`}
        forbidden={forbidden('gitSources.remove')}
        onClick={onRemove}
      >
        Forget
      </Button>
    </li>
  )
}

function Commit({ source: { reading, readAt } }: { readonly source: GitSource }) {
  return (
    <p className="text-secondary text-muted">
      {reading === null ? null : (
        <>
          <code className="text-mono">{reading.commit.slice(0, 7)}</code> <SafeText text={reading.subject} /> by{' '}
          <SafeText text={reading.author} />, <RelativeTime at={reading.committedAt} />
          {'; '}
        </>
      )}
      {readAt === null ? (
        'not asked yet'
      ) : (
        <>
          asked <RelativeTime at={readAt} />
        </>
      )}
    </p>
  )
}
