import { Pencil, Trash2, X } from 'lucide-react'
import { AppError } from '#preload/contract/error.ts'
import { Tag } from '#renderer/ui/Badge.tsx'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { formatNumber, plural } from '#renderer/ui/format.ts'
import { type KeyValue, KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { PlaceStateMark } from './PlaceState.tsx'
import { addressOf, cursorName, kindWords, type Place, stateOf } from './place.ts'

/** What can be done to a place; the screen registers the same as commands. */
export type PlaceActions = {
  readonly edit: (place: Place) => void
  readonly remove: (place: Place) => void
  readonly close: () => void
}

type PlaceDetailProps = {
  readonly place: Place
  readonly actions: PlaceActions
  readonly forbidden: { readonly put: string | undefined; readonly remove: string | undefined }
}

const inVault = 'in the vault, never shown'

function secretsOf({ item: { settings } }: Place): readonly KeyValue[] {
  if (settings.kind === 'otlp' && settings.headerName !== null)
    return [{ name: 'Header', value: <SafeText text={`${settings.headerName}, value ${inVault}`} /> }]
  if (settings.kind === 'syslog' && settings.hasKey) return [{ name: 'Client key', value: inVault }]
  if (settings.kind === 'webhook')
    return [{ name: 'Signing secret', value: settings.hasSigningSecret ? inVault : 'none: requests are not signed' }]
  return []
}

const trustOf = ({ item: { settings } }: Place): readonly KeyValue[] =>
  'ca' in settings && settings.ca !== undefined ? [{ name: 'TLS', value: 'trusts its own CA only' }] : []

function progressOf({ role, item }: Place): readonly KeyValue[] {
  const { cursor, behind, lastSuccessAt, nextAttemptAt } = item
  const behindWords = role === 'forwarder' ? plural(behind, 'entry', 'entries') : plural(behind, 'checkpoint')
  return [
    { name: cursorName(role), value: cursor === 0 ? 'none yet' : formatNumber(cursor, 0) },
    { name: 'Behind', value: behind === 0 ? 'nothing' : behindWords },
    { name: 'Last success', value: lastSuccessAt === null ? 'never' : <RelativeTime at={lastSuccessAt} /> },
    ...(nextAttemptAt === null ? [] : [{ name: 'Next attempt', value: <RelativeTime at={nextAttemptAt} /> }]),
  ]
}

const promise = {
  forwarder: 'Every entry arrives at least once, in order. Nothing waits for it: the log is written first.',
  anchor: 'Whoever keeps an anchored checkpoint can prove later that the log before it was not rewritten.',
} as const

export function PlaceDetail({ place, actions, forbidden }: PlaceDetailProps) {
  const { role, item } = place
  return (
    <div>
      <header className="flex flex-col gap-2 border-b border-line px-3 py-2">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate text-title font-semibold">
            <SafeText text={item.settings.name} oneLine />
          </h2>
          <Tag>{kindWords[item.settings.kind].name}</Tag>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={actions.close} />
        </div>
        <div className="flex flex-wrap gap-2">
          <Button icon={Pencil} shortcut="e" forbidden={forbidden.put} onClick={() => actions.edit(place)}>
            Edit
          </Button>
          <Button
            icon={Trash2}
            kind="danger"
            shortcut="Delete"
            forbidden={forbidden.remove}
            onClick={() => actions.remove(place)}
          >
            Remove
          </Button>
        </div>
      </header>
      {item.error === null ? null : (
        <div className="p-3 pb-0">
          <ErrorPanel title="The last attempt failed." error={AppError.fromShape(item.error)} />
        </div>
      )}
      <Section title="Progress">
        <KeyValueList
          items={[{ name: 'State', value: <PlaceStateMark state={stateOf(place)} /> }, ...progressOf(place)]}
        />
        <p className="pt-1 text-secondary text-muted">{promise[role]}</p>
      </Section>
      <Section title="Settings">
        <KeyValueList
          items={[
            { name: 'Where', value: <SafeText text={addressOf(place)} mono /> },
            ...trustOf(place),
            ...secretsOf(place),
          ]}
        />
      </Section>
    </div>
  )
}
