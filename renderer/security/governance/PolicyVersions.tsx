import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import type { PolicyVersion } from '#preload/security/policies.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { PolicyEditor } from './PolicyEditor.tsx'
import { policyVersions } from './queries.ts'

type PolicyVersionsProps = {
  readonly current: PolicyVersion
  readonly forbidden: string | undefined
  readonly onRollback: (version: PolicyVersion) => void
}

function VersionList({
  versions,
  chosen,
  onChoose,
}: {
  readonly versions: readonly PolicyVersion[]
  readonly chosen: number | null
  readonly onChoose: (version: number) => void
}) {
  return (
    <ul aria-label="Versions" className="w-80 shrink-0 overflow-auto border-r border-line">
      {versions.map(({ version, at, by, note }) => (
        <li key={version}>
          <button
            type="button"
            aria-current={version === chosen}
            onClick={() => onChoose(version)}
            className={`flex w-full flex-col px-3 py-1.5 text-left hover:bg-hover ${version === chosen ? 'bg-selected' : ''}`}
          >
            <span className="flex w-full items-baseline gap-2">
              <span className="font-medium">Version {version}</span>
              <span className="flex-1 text-right text-secondary text-muted">
                {at === null ? 'from the start' : <Timestamp at={at} />}
              </span>
            </span>
            <SafeText text={by === null ? note : `${by}: ${note}`} oneLine className="text-secondary" />
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Every policy text that was in force, each against the present one. */
export function PolicyVersions({ current, forbidden, onRollback }: PolicyVersionsProps) {
  const query = useQuery(policyVersions)
  const [chosen, setChosen] = useState<number | null>(null)
  const shown = query.data?.find(({ version }) => version === (chosen ?? current.version))
  return (
    <QueryView
      query={query}
      failure="The versions could not be loaded."
      ready={(versions) => (
        <div className="flex h-full min-h-0">
          <VersionList versions={versions} chosen={shown?.version ?? null} onChoose={setChosen} />
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <div className="flex items-center gap-2 border-b border-line px-3 py-1.5">
              <span className="min-w-0 flex-1 truncate">
                {shown === undefined || shown.version === current.version
                  ? 'In force now'
                  : `What version ${shown.version} says differently from what is in force`}
              </span>
              {shown === undefined || shown.version === current.version ? null : (
                <Button size={24} icon={Undo2} forbidden={forbidden} onClick={() => onRollback(shown)}>
                  Put in force again
                </Button>
              )}
            </div>
            <div className="min-h-0 flex-1">
              <PolicyEditor
                label={`Policies of version ${shown?.version ?? current.version}`}
                value={shown?.text ?? current.text}
                comparedWith={shown?.version === current.version ? undefined : current.text}
              />
            </div>
          </div>
        </div>
      )}
    />
  )
}
