import { useMutation, useQuery } from '@tanstack/react-query'
import { Database, HardDrive } from 'lucide-react'
import { useState } from 'react'
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
import { toast } from '#renderer/ui/toasts.ts'
import { MoveResult } from './MoveResult.tsx'
import { useForbidden, useWorkspaceLive, workspaceStatus } from './queries.ts'
import { TeamForm } from './TeamForm.tsx'

type Team = Extract<WorkspaceStatus, { kind: 'team' }>

function TeamFacts({ status }: { readonly status: Team }) {
  const { host, port, database, schema, user, tls, state, since, serverVersion, instances } = status
  return (
    <>
      <KeyValueList
        items={[
          {
            name: 'State',
            value: (
              <>
                <Badge tone={state === 'connected' ? 'ok' : 'warning'}>{state}</Badge> since <RelativeTime at={since} />
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
      <h3 className="pt-2 text-label font-medium text-muted">Open in</h3>
      <ul>
        {instances.map(({ name, address, since: from, own }) => (
          <li key={`${name} ${address} ${from}`} className="flex items-center gap-2 py-0.5">
            <SafeText text={name} oneLine />
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

function MoveBack() {
  const [asking, setAsking] = useState(false)
  const forbidden = useForbidden()('workspace.move')
  const move = useMutation({
    mutationFn: () => api.workspace.move({ to: 'local' }),
    onSuccess: () => {
      setAsking(false)
      toast('The workspace was copied to this machine.')
    },
  })
  return (
    <Section title="Back to this machine">
      <p className="pb-2">
        Copies everything into a file here and verifies it. The team’s workspace stays as it is; others go on using it.
      </p>
      <Button icon={HardDrive} forbidden={forbidden} onClick={() => setAsking(true)}>
        Copy to this machine
      </Button>
      {move.data === undefined ? null : <MoveResult result={move.data} />}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => move.mutate()}
        title="Copy the workspace to this machine?"
        target="This machine"
        effect="From the next start on this application uses the copy, and is alone with it."
        action="Copy and use it"
        destructive={false}
        busy={move.isPending}
        error={move.error?.message}
      />
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
            <MoveBack />
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
