import { LockKeyholeOpen, Pencil, Play, PlugZap, Power, Trash2, X } from 'lucide-react'
import { AppError } from '#preload/contract/error.ts'
import type { Connection } from '#preload/fleet/connections.ts'
import { useUnlock } from '#renderer/app/vault-port.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { ConnectionTest } from './ConnectionTest.tsx'
import { isProduction, kindNames } from './columns.tsx'
import { StatusMark } from './StatusMark.tsx'
import type { ConnectionTestHandle } from './use-connection-test.ts'

/** What can be done to a connection; the screen registers the same as commands. */
export type ConnectionActions = {
  readonly test: (connection: Connection) => void
  readonly edit: (connection: Connection) => void
  readonly toggle: (connection: Connection) => void
  readonly remove: (connection: Connection) => void
  readonly retry: (connection: Connection) => void
  readonly close: () => void
}

type ConnectionDetailProps = {
  readonly connection: Connection
  readonly actions: ConnectionActions
  readonly test: ConnectionTestHandle
  readonly forbidden: (
    operation: 'connections.update' | 'connections.setEnabled' | 'connections.remove',
  ) => string | undefined
  /** Why the last change of this connection failed; null when it did not. */
  readonly error: unknown
}

const signInWords: Readonly<Record<Connection['auth']['kind'], string>> = {
  none: 'none',
  basic: 'user and password',
  bearer: 'bearer token, in the vault',
  header: 'custom header',
}

function signInOf(auth: Connection['auth']) {
  if (auth.kind === 'basic') return <SafeText text={`${auth.username}, password in the vault`} />
  if (auth.kind === 'header') return <SafeText text={`header ${auth.name}, value in the vault`} />
  return signInWords[auth.kind]
}

function tlsOf({ ca, certificate, hasKey }: Connection['tls']): string {
  const trust = ca === undefined ? 'trusts the authorities of this machine' : 'trusts its own CA only'
  return certificate === undefined || !hasKey ? trust : `${trust}; client certificate, key in the vault`
}

function Problem({ connection, onRetry }: { readonly connection: Connection; readonly onRetry: () => void }) {
  const unlock = useUnlock()
  const { state, name } = connection
  if (state.error === null) return null
  const locked = state.status === 'vault-locked' && unlock !== null
  return (
    <div className="mb-2">
      <ErrorPanel
        title={`${name} is not read.`}
        error={AppError.fromShape(state.error)}
        onRetry={onRetry}
        actions={
          locked ? (
            <Button size={24} icon={LockKeyholeOpen} onClick={() => void unlock()}>
              Unlock the vault
            </Button>
          ) : null
        }
      />
    </div>
  )
}

function State({ connection }: { readonly connection: Connection }) {
  const { state } = connection
  const never = <span className="text-muted">never</span>
  return (
    <KeyValueList
      items={[
        { name: 'Status', value: <StatusMark status={state.status} /> },
        { name: 'Since', value: <RelativeTime at={state.since} /> },
        { name: 'Version', value: state.version === null ? '–' : <SafeText text={state.version} /> },
        {
          name: 'Last success',
          value: state.lastSuccessAt === null ? never : <RelativeTime at={state.lastSuccessAt} />,
        },
        ...(state.nextAttemptAt === null
          ? []
          : [{ name: 'Next look', value: <RelativeTime at={state.nextAttemptAt} /> }]),
        ...(state.failures === 0 ? [] : [{ name: 'Failed in a row', value: String(state.failures) }]),
      ]}
    />
  )
}

export function ConnectionDetail({ connection, actions, test, forbidden, error }: ConnectionDetailProps) {
  const { enabled, environment, name, kind, url } = connection
  return (
    <div>
      <header className="flex flex-col gap-2 border-b border-line px-3 py-2">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
            <SafeText text={name} oneLine />
          </h2>
          <Tag>{kindNames[kind]}</Tag>
          <Tag tone={isProduction(environment) ? 'high' : 'neutral'}>{environment}</Tag>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={actions.close} />
        </div>
        <div className="flex flex-wrap gap-2">
          <Button icon={PlugZap} shortcut="t" onClick={() => actions.test(connection)}>
            Test
          </Button>
          <Button
            icon={Pencil}
            shortcut="e"
            forbidden={forbidden('connections.update')}
            onClick={() => actions.edit(connection)}
          >
            Edit
          </Button>
          <Button
            icon={enabled ? Power : Play}
            shortcut="d"
            forbidden={forbidden('connections.setEnabled')}
            onClick={() => actions.toggle(connection)}
          >
            {enabled ? 'Disable' : 'Enable'}
          </Button>
          <Button
            icon={Trash2}
            kind="danger"
            shortcut="Delete"
            forbidden={forbidden('connections.remove')}
            onClick={() => actions.remove(connection)}
          >
            Remove
          </Button>
        </div>
      </header>
      {error === null ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="Nothing was changed." error={error} />
        </div>
      )}
      {test.run === null ? null : (
        <ConnectionTest
          run={test.run}
          onCancel={test.cancel}
          onClose={test.forget}
          onRepeat={() => actions.test(connection)}
        />
      )}
      <Section title="State">
        <Problem connection={connection} onRetry={() => actions.retry(connection)} />
        <State connection={connection} />
      </Section>
      <Section title="Settings">
        <KeyValueList
          items={[
            { name: 'Address', value: <Link href={url} />, mono: true },
            { name: 'Sign-in', value: signInOf(connection.auth) },
            { name: 'TLS', value: url.startsWith('https:') ? tlsOf(connection.tls) : 'plain HTTP' },
            { name: 'Added', value: <Timestamp at={connection.createdAt} /> },
            { name: 'Changed', value: <Timestamp at={connection.updatedAt} /> },
          ]}
        />
      </Section>
    </div>
  )
}
