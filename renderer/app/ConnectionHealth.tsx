import { clsx } from 'clsx'
import { CircleAlert, CircleCheck, CircleDashed, type LucideIcon, PlugZap, TriangleAlert } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { type Instant, plural } from '../ui/format.ts'
import { Popover } from '../ui/Popover.tsx'
import { SafeText } from '../ui/SafeText.tsx'
import { RelativeTime } from '../ui/Time.tsx'

export type ConnectionState = {
  readonly id: string
  readonly name: string
  /** `Prometheus`, `Alertmanager` … */
  readonly kind: string
  readonly state: 'connected' | 'connecting' | 'degraded' | 'failed' | 'unknown'
  readonly message?: string | undefined
  readonly checkedAt?: Instant | undefined
}

type Look = { readonly icon: LucideIcon; readonly color: string; readonly word: string }

const looks: Readonly<Record<ConnectionState['state'], Look>> = {
  failed: { icon: CircleAlert, color: 'text-critical', word: 'failed' },
  degraded: { icon: TriangleAlert, color: 'text-warning', word: 'degraded' },
  connecting: { icon: PlugZap, color: 'text-accent', word: 'connecting' },
  unknown: { icon: CircleDashed, color: 'text-muted', word: 'not checked' },
  connected: { icon: CircleCheck, color: 'text-ok', word: 'connected' },
}
const worstFirst = ['failed', 'degraded', 'connecting', 'unknown', 'connected'] as const

/** The worst state among the connections, in words. */
export function healthOf(connections: readonly ConnectionState[]): Look {
  const worst = worstFirst.find((state) => connections.some((connection) => connection.state === state))
  if (worst === undefined) return { icon: CircleDashed, color: 'text-muted', word: 'No connections' }
  const count = connections.filter(({ state }) => state === worst).length
  const { icon, color, word } = looks[worst]
  return { icon, color, word: worst === 'connected' ? plural(count, 'connection') : `${count} ${word}` }
}

export type ConnectionHealthProps = {
  readonly connections: readonly ConnectionState[]
  readonly onOpen?: ((id: string) => void) | undefined
}

function Line({
  connection,
  onOpen,
}: { readonly connection: ConnectionState } & Pick<ConnectionHealthProps, 'onOpen'>) {
  const { icon: Icon, color, word } = looks[connection.state]
  return (
    <li>
      <button
        type="button"
        disabled={onOpen === undefined}
        onClick={() => onOpen?.(connection.id)}
        className="flex w-full items-start gap-2 rounded-sm px-2 py-1 text-left enabled:hover:bg-hover"
      >
        <Icon aria-hidden size={14} className={clsx('mt-1 shrink-0', color)} />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className="truncate font-medium">{connection.name}</span>
            <span className="shrink-0 text-secondary text-muted">{connection.kind}</span>
          </span>
          <span className="block text-secondary text-muted">
            {word}
            {connection.checkedAt === undefined ? null : (
              <>
                {' · '}
                <RelativeTime at={connection.checkedAt} />
              </>
            )}
          </span>
          {connection.message === undefined ? null : (
            <SafeText text={connection.message} className="text-secondary text-fg" />
          )}
        </span>
      </button>
    </li>
  )
}

/** Connections at a glance; the popover has each, worst first. */
export function ConnectionHealth({ connections, onOpen }: ConnectionHealthProps) {
  const { icon: Icon, color, word } = healthOf(connections)
  const sorted = connections.toSorted((left, right) => worstFirst.indexOf(left.state) - worstFirst.indexOf(right.state))
  return (
    <Popover
      label="Connections"
      align="end"
      className="w-80"
      trigger={
        <Button kind="ghost" aria-label={`Connections: ${word}`}>
          <Icon aria-hidden size={14} className={color} />
          {word}
        </Button>
      }
    >
      {sorted.length === 0 ? (
        <p className="p-3 text-muted">Nothing is connected yet.</p>
      ) : (
        <ul className="p-1">
          {sorted.map((connection) => (
            <Line key={connection.id} connection={connection} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </Popover>
  )
}
