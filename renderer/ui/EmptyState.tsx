import { CircleCheck, type LucideIcon, Plug, SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import type { Instant } from './format.ts'
import { RelativeTime } from './Time.tsx'

export type EmptyStateProps =
  | {
      readonly voice: 'unconfigured'
      readonly title: string
      readonly children?: ReactNode
      readonly action: { readonly label: string; readonly run: () => void; readonly forbidden?: string | undefined }
    }
  | { readonly voice: 'no-match'; readonly title?: string; readonly children?: ReactNode; readonly onClear: () => void }
  | {
      readonly voice: 'all-clear'
      readonly title: string
      readonly children?: ReactNode
      readonly since?: Instant | undefined
    }

const icons: Readonly<Record<EmptyStateProps['voice'], LucideIcon>> = {
  unconfigured: Plug,
  'no-match': SearchX,
  'all-clear': CircleCheck,
}

function Act(props: EmptyStateProps) {
  if (props.voice === 'unconfigured')
    return (
      <Button kind="primary" onClick={props.action.run} forbidden={props.action.forbidden}>
        {props.action.label}
      </Button>
    )
  if (props.voice === 'no-match') return <Button onClick={props.onClear}>Clear the filter</Button>
  if (props.since === undefined) return null
  return (
    <p className="text-secondary text-muted">
      since <RelativeTime at={props.since} />
    </p>
  )
}

/** Nothing to show, in one of three voices: never configured, no match, all clear. */
export function EmptyState(props: EmptyStateProps) {
  const Icon = icons[props.voice]
  const title = props.title ?? 'Nothing matches this filter'
  return (
    <div className="flex h-full min-h-40 flex-col items-center justify-center gap-2 p-6 text-center">
      <Icon
        aria-hidden
        size={22}
        strokeWidth={1.5}
        className={props.voice === 'all-clear' ? 'text-ok' : 'text-muted'}
      />
      <p className="font-medium">{title}</p>
      {props.children === undefined ? null : <div className="max-w-md text-muted">{props.children}</div>}
      <div className="mt-1">
        <Act {...props} />
      </div>
    </div>
  )
}
