import { useMutation, useQuery } from '@tanstack/react-query'
import { Database, HardDrive, Undo2 } from 'lucide-react'
import { useId, useState } from 'react'
import type { WorkspaceStatus } from '#preload/lifecycle/workspace.ts'
import { api } from '#renderer/rpc/client.ts'
import { Badge, Tag } from '#renderer/ui/Badge.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { instanceTitle } from './instance-title.ts'
import { MoveProgress } from './MoveProgress.tsx'
import { Chosen, MoveResult } from './MoveResult.tsx'
import { useForbidden, useWorkspaceLive, workspaceStatus } from './queries.ts'
import { sentenceOf } from './sentence-of.ts'
import { TeamForm } from './TeamForm.tsx'

type Team = Extract<WorkspaceStatus, { kind: 'team' }>

function TeamFacts({ status }: { readonly status: Team }) {
  const { host, port, database, schema, user, tls, state, since, serverVersion, instances } = status
  const openIn = useId()
  return (
    <>
      <KeyValueList
        items={[
          {
            name: 'State',
            value: (
              <>
                <Badge tone={state === 'connected' ? 'ok' : 'warning'}>{state}</Badge> last changed{' '}
                <RelativeTime at={since} />
              </>
            ),
          },
          { name: 'Server', value: <SafeText text={`${host}:${port}`} />, mono: true },
          { name: 'Database', value: <SafeText text={`${database}, schema ${schema}`} />, mono: true },
          { name: 'User', value: <SafeText text={user} />, mono: true },
          { name: 'Encryption', value: tls === 'off' ? 'none: the server is on this machine' : 'TLS, server verified' },
          {
            name: 'Version',
            value: serverVersion === null ? 'not known while it is away' : `PostgreSQL ${serverVersion}`,
          },
        ]}
      />
      <h3 id={openIn} className="pt-2 text-label font-medium text-muted">
        Open in
      </h3>
      <ul aria-labelledby={openIn} className="max-w-3xl">
        {instances.map(({ name, address, since: from, own }) => (
          <li key={`${name} ${address} ${from}`} className="flex items-center gap-2 py-0.5">
            <SafeText text={instanceTitle(name)} oneLine />
            {address === null ? null : <code className="font-mono text-code text-muted">{address}</code>}
            {own ? <Tag>this one</Tag> : null}
            <span className="flex-1" />
            <RelativeTime at={from} />
          </li>
        ))}
      </ul>
    </>
  )
}

const ways = {
  copy: {
    title: 'Copy the workspace to this machine?',
    effect:
      'Everything is copied into a file here and compared. From the next start on this application uses the copy and is alone with it. What is on the server stays there.',
    action: 'Copy and use it',
  },
  leave: {
    title: 'Use the file of this machine again?',
    effect:
      'Nothing is copied: the workspace is again as this machine last had it, before it joined the team. The team’s workspace stays on the server, and others go on using it.',
    action: 'Use the file here',
  },
} as const

function BackHere() {
  const [asking, setAsking] = useState<keyof typeof ways | null>(null)
  const forbidden = useForbidden()
  const copy = useMutation({
    mutationFn: () => api.workspace.move({ to: 'local' }),
    onSuccess: () => setAsking(null),
  })
  const leave = useMutation({
    mutationFn: () => api.workspace.use({ to: 'local' }),
    onSuccess: () => setAsking(null),
  })
  const running = asking === 'leave' ? leave : copy
  const ask = (way: keyof typeof ways) => () => {
    copy.reset()
    leave.reset()
    setAsking(way)
  }
  return (
    <Section title="Back to this machine">
      <p className="max-w-3xl pb-2">
        Take everything along in a copy, once the others have quit; or go back to the file that this machine had before.
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button icon={HardDrive} forbidden={forbidden('workspace.move')} onClick={ask('copy')}>
          Copy to this machine
        </Button>
        <Button icon={Undo2} forbidden={forbidden('workspace.use')} onClick={ask('leave')}>
          Use the file of this machine
        </Button>
        {copy.isPending ? <MoveProgress /> : null}
      </div>
      {copy.data === undefined ? null : <MoveResult result={copy.data} />}
      {leave.data === undefined ? null : <Chosen place={leave.data.place} />}
      {asking === null ? null : (
        <ConfirmDialog
          open
          onClose={() => setAsking(null)}
          onConfirm={() => running.mutate()}
          title={ways[asking].title}
          target="This machine"
          effect={ways[asking].effect}
          action={ways[asking].action}
          destructive={false}
          busy={running.isPending}
          error={running.error === null ? null : sentenceOf(running.error)}
        />
      )}
    </Section>
  )
}

/** Where the workspace is: a file of this machine, or a server that a team shares; and how it moves. */
export function WorkspacePage() {
  useWorkspaceLive()
  const query = useQuery(workspaceStatus)
  return (
    <QueryView
      query={query}
      failure="Where the workspace is could not be told."
      ready={(status) => (
        <div className="flex flex-col">
          <Section title="Where this workspace is">
            {status.kind === 'team' ? (
              <TeamFacts status={status} />
            ) : (
              <KeyValueList
                items={[
                  { name: 'Place', value: 'A file of this machine' },
                  { name: 'File', value: <SafeText text={status.path} />, mono: true },
                ]}
              />
            )}
          </Section>
          {status.kind === 'team' ? (
            <BackHere />
          ) : (
            <Section title="Share it with a team">
              <p className="flex items-center gap-2 pb-3">
                <Database aria-hidden size={14} className="shrink-0 text-muted" />
                On a PostgreSQL server several machines share one workspace, each with the same data, people and audit
                log.
              </p>
              <TeamForm />
            </Section>
          )}
        </div>
      )}
    />
  )
}
