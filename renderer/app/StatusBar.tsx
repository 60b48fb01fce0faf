import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { useClock } from '../ui/clock.ts'
import { formatTimestamp } from '../ui/format.ts'
import { openHelp } from './overlays.ts'

export type StatusItem = {
  readonly id: string
  readonly content: ReactNode
  readonly title?: string | undefined
  readonly onPress?: (() => void) | undefined
}

export type StatusBarProps = {
  /** Where the application runs: `Electron`, `Server on 127.0.0.1:4300`. */
  readonly host: string
  readonly version: string
  readonly items?: readonly StatusItem[] | undefined
}

const itemClass = 'flex h-full items-center gap-1 px-2 whitespace-nowrap'

function Item({ item }: { readonly item: StatusItem }) {
  if (item.onPress === undefined)
    return (
      <span title={item.title} className={itemClass}>
        {item.content}
      </span>
    )
  return (
    <button
      type="button"
      title={item.title}
      onClick={item.onPress}
      className={clsx(itemClass, 'hover:bg-hover hover:text-fg')}
    >
      {item.content}
    </button>
  )
}

export function StatusBar({ host, version, items = [] }: StatusBarProps) {
  const utc = useClock((now) => formatTimestamp(now, 'UTC').slice(0, 16))
  return (
    <footer
      data-region="Status bar"
      className="flex h-6 shrink-0 items-center border-t border-line bg-surface-1 px-1 text-label text-muted"
    >
      <Item item={{ id: 'host', content: host, title: `Framework0 ${version}` }} />
      {items.map((item) => (
        <Item key={item.id} item={item} />
      ))}
      <span className="flex-1" />
      <Item item={{ id: 'utc', content: `${utc} UTC` }} />
      <Item item={{ id: 'keys', content: '? keys', title: 'The keys of this screen', onPress: openHelp }} />
    </footer>
  )
}
