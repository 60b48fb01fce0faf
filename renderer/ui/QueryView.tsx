import { RotateCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { asAppError } from '#preload/contract/error.ts'
import { Button } from './Button.tsx'
import { ErrorPanel } from './ErrorPanel.tsx'
import { Skeleton } from './Skeleton.tsx'
import { StaleMark } from './StaleMark.tsx'

/** The part of a TanStack Query result that is shown; any `useQuery` result fits. */
export type QueryFace<Data> = {
  readonly data: Data | undefined
  readonly error: unknown
  readonly isFetching: boolean
  readonly dataUpdatedAt: number
  readonly refetch: () => unknown
}

export type QueryViewProps<Data> = {
  readonly query: QueryFace<Data>
  readonly ready: (data: Data) => ReactNode
  /** Decides whether the data are none, and what to say then; null when there are some. */
  readonly empty?: ((data: Data) => ReactNode | null) | undefined
  /** `The alerts could not be loaded.` */
  readonly failure?: string | undefined
  readonly skeletonRows?: number | undefined
  readonly skeleton?: ReactNode
}

/** Loading, failed, stale, empty or ready. Rows that were loaded once stay when a refresh fails, marked with their age. */
export function QueryView<Data>(given: QueryViewProps<Data>) {
  const { query, ready, empty, failure, skeletonRows, skeleton } = given
  const { data, error } = query
  const failed = error !== null && error !== undefined
  if (data === undefined && failed)
    return (
      <div className="p-3">
        <ErrorPanel error={error} title={failure} onRetry={() => query.refetch()} retrying={query.isFetching} />
      </div>
    )
  if (data === undefined) return skeleton ?? <Skeleton rows={skeletonRows} />
  const content = empty?.(data) ?? ready(data)
  if (!failed) return content
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div role="status" className="flex min-h-7 shrink-0 items-center gap-2 border-b border-line bg-surface-1 px-3">
        <TriangleAlert aria-hidden size={14} className="shrink-0 text-warning" />
        <span className="min-w-0 flex-1 truncate">Could not refresh: {asAppError(error).message}</span>
        <StaleMark updatedAt={query.dataUpdatedAt} staleAfter={0} />
        <Button size={24} icon={RotateCw} busy={query.isFetching} onClick={() => query.refetch()}>
          Retry
        </Button>
      </div>
      <div className="min-h-0 flex-1">{content}</div>
    </div>
  )
}
