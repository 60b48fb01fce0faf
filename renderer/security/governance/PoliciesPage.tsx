import { useQuery } from '@tanstack/react-query'
import { CircleCheck, RotateCcw, Save, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { PolicyVersion } from '#preload/security/policies.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Tabs } from '#renderer/ui/Tabs.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { NoteDialog } from './NoteDialog.tsx'
import { PolicyEditor } from './PolicyEditor.tsx'
import { PolicyReplay } from './PolicyReplay.tsx'
import { PolicyTests } from './PolicyTests.tsx'
import { PolicyVersions } from './PolicyVersions.tsx'
import { policySet, useForbidden, useGovernanceChange, useGovernanceLive } from './queries.ts'
import { type PolicyDraft, usePolicyDraft } from './use-policy-draft.ts'

type PolicySet = Awaited<ReturnType<typeof api.governance.policies>>

/** What stands against putting the draft in force; null when nothing does. */
function obstacleOf({ checked, current, dirty, overtaken }: PolicyDraft): string | null {
  if (!dirty) return 'Nothing was changed.'
  if (overtaken) return 'Somebody put another version in force meanwhile. Discard, or copy your text first.'
  if (checked.error !== null) return checked.error.message
  if (checked.data === undefined || !current) return 'Checking …'
  const errors = checked.data.diagnostics.filter(({ severity }) => severity === 'error').length
  if (errors > 0) return `${plural(errors, 'error')} in the text.`
  const failing = checked.data.results.filter(({ passed }) => !passed).length
  return failing > 0 ? `${plural(failing, 'test fails', 'tests fail')}.` : null
}

function Status({ draft, set }: { readonly draft: PolicyDraft; readonly set: PolicySet }) {
  const obstacle = obstacleOf(draft)
  if (!draft.dirty)
    return (
      <span className="min-w-0 truncate text-muted">
        Version {set.current.version}
        {set.current.at === null ? ': no policies of your own yet' : ', in force since '}
        {set.current.at === null ? null : <Timestamp at={set.current.at} />}
        {set.current.by === null ? null : <SafeText text={` by ${set.current.by}: ${set.current.note}`} />}
      </span>
    )
  if (obstacle === null)
    return (
      <span className="inline-flex min-w-0 items-center gap-1.5 text-ok">
        <CircleCheck aria-hidden size={14} className="shrink-0" />
        <span className="truncate">
          Checked: no errors, {plural(draft.complete.length, 'test passes', 'tests pass')}.
        </span>
      </span>
    )
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5 text-warning">
      <TriangleAlert aria-hidden size={14} className="shrink-0" />
      <SafeText text={obstacle} oneLine />
    </span>
  )
}

function Problems({ draft }: { readonly draft: PolicyDraft }) {
  const problems = draft.checked.data?.diagnostics ?? []
  if (problems.length === 0) return null
  return (
    <ul aria-label="Problems" className="max-h-32 overflow-auto border-t border-line bg-surface-1 px-3 py-1">
      {problems.map(({ from, message, hint, severity, policy }) => (
        <li key={`${from} ${message}`} className={severity === 'error' ? 'text-critical' : 'text-warning'}>
          {severity}: <SafeText text={policy === null ? message : `${policy}: ${message}`} />
          {hint === null ? null : <SafeText text={` ${hint}`} className="text-muted" />}
        </li>
      ))}
    </ul>
  )
}

type Asking = { readonly kind: 'save' } | { readonly kind: 'rollback'; readonly version: PolicyVersion } | null

function Workbench({ set }: { readonly set: PolicySet }) {
  const draft = usePolicyDraft(set)
  const [asking, setAsking] = useState<Asking>(null)
  const forbidden = useForbidden()
  const save = useGovernanceChange((note: string) =>
    api.governance.savePolicies({ text: draft.text, tests: [...draft.complete], note, revision: draft.revision }),
  )
  const rollback = useGovernanceChange(({ version, note }: { version: number; note: string }) =>
    api.governance.rollbackPolicies({ version, note, revision: set.current.version }),
  )
  const obstacle = obstacleOf(draft)
  const close = () => {
    setAsking(null)
    save.reset()
    rollback.reset()
  }
  useCommands([
    {
      id: 'policies.save',
      title: 'Put the policies in force',
      area: 'Policies',
      shortcut: 'Mod+S',
      disabledReason: forbidden('governance.savePolicies') ?? obstacle ?? undefined,
      run: () => setAsking({ kind: 'save' }),
    },
  ])
  const editor = (
    <div className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1">
        <PolicyEditor
          label="Policies of this workspace"
          value={draft.text}
          onChange={draft.setText}
          diagnostics={draft.checked.data?.diagnostics}
          vocabulary={set.vocabulary}
          schema={set.schema}
        />
      </div>
      <Problems draft={draft} />
    </div>
  )
  return (
    <div className="flex h-full flex-col">
      <div data-region="Policy state" className="flex min-h-11 items-center gap-2 border-b border-line px-3 py-1">
        <div role="status" className="min-w-0 flex-1">
          <Status draft={draft} set={set} />
        </div>
        {draft.dirty ? (
          <Button icon={RotateCcw} onClick={draft.discard}>
            Discard
          </Button>
        ) : null}
        <Button
          icon={Save}
          kind="primary"
          shortcut="Mod+S"
          disabled={obstacle !== null}
          forbidden={forbidden('governance.savePolicies')}
          onClick={() => setAsking({ kind: 'save' })}
        >
          Put in force
        </Button>
      </div>
      <div className="flex min-h-0 flex-1 flex-col">
        <Tabs
          label="Policies"
          tabs={[
            { id: 'text', label: 'Policies', panel: editor },
            {
              id: 'tests',
              label: 'Tests',
              count: draft.tests.length,
              panel: (
                <PolicyTests
                  tests={draft.tests}
                  results={draft.checked.data?.results ?? []}
                  vocabulary={set.vocabulary}
                  onChange={draft.setTests}
                  forbidden={forbidden('governance.savePolicies')}
                />
              ),
            },
            { id: 'replay', label: 'What would change', panel: <PolicyReplay text={draft.text} /> },
            {
              id: 'versions',
              label: 'Versions',
              panel: (
                <PolicyVersions
                  current={set.current}
                  forbidden={forbidden('governance.rollbackPolicies')}
                  onRollback={(version) => setAsking({ kind: 'rollback', version })}
                />
              ),
            },
            {
              id: 'built-in',
              label: 'Built in',
              panel: <PolicyEditor label="Built-in policies" value={set.builtIn} />,
            },
          ]}
        />
      </div>
      {asking?.kind === 'save' ? (
        <NoteDialog
          title="Put these policies in force?"
          effect="They decide every call from now on, in every window and for everybody here."
          action="Put in force"
          busy={save.isPending}
          error={save.error}
          onSubmit={(note) => save.mutate(note, { onSuccess: close })}
          onClose={close}
        />
      ) : null}
      {asking?.kind === 'rollback' ? (
        <NoteDialog
          title={`Put version ${asking.version.version} in force again?`}
          effect="It becomes a new version. Nothing of the history is lost."
          action="Put in force again"
          busy={rollback.isPending}
          error={rollback.error}
          onSubmit={(note) => rollback.mutate({ version: asking.version.version, note }, { onSuccess: close })}
          onClose={close}
        />
      ) : null}
    </div>
  )
}

/** Who may do what, as code: with completion, tests, what would change, and every earlier version. */
export function PoliciesPage() {
  useGovernanceLive()
  const query = useQuery(policySet)
  return (
    <QueryView query={query} failure="The policies could not be loaded." ready={(set) => <Workbench set={set} />} />
  )
}
