import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { GatewayKongs } from '#preload/integration/other-gateways.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { ConfirmKongRemoval } from './ConfirmKongRemoval.tsx'
import { ConnectKong } from './ConnectKong.tsx'
import { Kong } from './Kong.tsx'
import { LeftOut } from './LeftOut.tsx'
import { kongs, useForbidden } from './queries.ts'

type Connected = GatewayKongs['kongs'][number]

/** Which files wait for one, where there are any. */
const waiting = (files: readonly string[]): string =>
  files.length === 0
    ? 'A file whose Gateways have the class “kong” is served by the Kongs that are connected, not by the gateway of this machine.'
    : `${files.join(', ')} waits for one: ${files.length === 1 ? 'its Gateways have' : 'their Gateways have'} the class “kong”.`

/** The Kongs that are given files from here, what each has of them, and what it does otherwise. */
export function KongTab() {
  const query = useQuery(kongs)
  const [editing, setEditing] = useState<Connected | 'new' | null>(null)
  const [removing, setRemoving] = useState<Connected | null>(null)
  const mayNot = useForbidden()('gateway.connectKong')
  const refusal = query.data?.refusal ?? null
  const forbidden = refusal ?? mayNot
  const add = (): void => setEditing('new')
  useCommands([
    {
      ...{ id: 'gateway.connectKong', title: 'Connect a Kong', area: 'Gateway', shortcut: 'c' },
      disabledReason: forbidden,
      run: add,
    },
  ])
  return (
    <div className="flex h-full flex-col">
      <div data-region="Kong" className="flex items-center gap-2 border-b border-line p-2">
        <span role="status" className="flex-1 text-secondary text-muted">
          {`${plural(query.data?.kongs.length ?? 0, 'Kong')} connected`}
        </span>
        <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden} onClick={add}>
          Connect a Kong
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-auto">
        <QueryView
          query={query}
          failure="The Kongs could not be loaded."
          ready={(state) => (
            <>
              {state.kongs.length === 0 ? (
                <EmptyState
                  voice="unconfigured"
                  title="No Kong is connected"
                  action={{ label: 'Connect a Kong', run: add, forbidden }}
                >
                  <SafeText text={state.refusal ?? waiting(state.files)} />
                </EmptyState>
              ) : (
                state.kongs.map((each) => (
                  <Kong
                    key={each.name}
                    kong={each}
                    onChange={() => setEditing(each)}
                    onRemove={() => setRemoving(each)}
                  />
                ))
              )}
              {state.kongs.length === 0 ? null : (
                <Section title="Files they are given" count={state.files.length}>
                  <SafeText
                    text={state.files.join(', ') || 'None: no file has Gateways of the class “kong”.'}
                    className={state.files.length === 0 ? 'text-muted' : ''}
                  />
                </Section>
              )}
              <LeftOut title="What they do otherwise, or must be given" findings={state.findings} />
            </>
          )}
        />
      </div>
      {editing === null ? null : (
        <ConnectKong kong={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {removing === null ? null : <ConfirmKongRemoval kong={removing} onClose={() => setRemoving(null)} />}
    </div>
  )
}
