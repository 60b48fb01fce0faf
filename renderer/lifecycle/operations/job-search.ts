import { useLocation, useNavigate } from '@tanstack/react-router'
import type { Job } from '#preload/lifecycle/operations.ts'

export const jobShows = ['all', 'running', 'waiting', 'failed', 'ended'] as const
export type JobShow = (typeof jobShows)[number]

/** What of the screen is in its address. `open` is a job's id. */
export type JobSearch = {
  readonly q?: string | undefined
  readonly show?: JobShow | undefined
  readonly kind?: string | undefined
  readonly open?: string | undefined
}

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.slice(0, 200) : undefined
}

export function jobSearchOf(search: Readonly<Record<string, unknown>>): JobSearch {
  const show = jobShows.find((candidate) => candidate === search.show && candidate !== 'all')
  return { q: textOf(search.q), show, kind: textOf(search.kind), open: textOf(search.open) }
}

export function useJobSearch() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: JobSearch, replace: boolean) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace })
  }
  const { q = '', show = 'all', kind, open } = jobSearchOf(location)
  return {
    ...{ q, show, kind, open },
    filter: (text: string) => put({ q: text === '' ? undefined : text }, true),
    showOnly: (next: JobShow) => put({ show: next === 'all' ? undefined : next }, true),
    ofKind: (next: string | undefined) => put({ kind: next }, true),
    clear: () => put({ q: undefined, show: undefined, kind: undefined }, true),
    openOne: (id: string | undefined) => put({ open: id }, false),
  }
}

const ended: readonly Job['state'][] = ['succeeded', 'cancelled']

/** Whether a job has all of the words somewhere, is of that kind, and is in such a state. */
export function passes(job: Job, { q = '', show = 'all', kind }: JobSearch): boolean {
  if (kind !== undefined && job.kind !== kind) return false
  if (show === 'ended' ? !ended.includes(job.state) : show !== 'all' && job.state !== show) return false
  const whole = [job.title, job.kind, job.id, job.progress, job.error?.message].join('\n').toLowerCase()
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word))
}
