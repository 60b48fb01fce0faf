import type { Job } from '#preload/lifecycle/operations.ts'
import { plural } from '#renderer/ui/format.ts'

type Told = Pick<Job, 'state' | 'error' | 'waits'>

export type JobsWords = { readonly text: string; readonly failing: boolean }

/**
 * How many jobs run, wait amid their work (not for their next time) and fail, for the status bar: whatever is not zero,
 * and that none runs where all are.
 */
export function jobsWords(jobs: readonly Told[]): JobsWords {
  const running = jobs.filter(({ state }) => state === 'running').length
  const failing = jobs.filter(
    ({ state, error }) => state === 'failed' || (state === 'waiting' && error !== null),
  ).length
  const waiting = jobs.filter(
    ({ state, error, waits }) => state === 'waiting' && error === null && waits.length > 0,
  ).length
  const counts = [
    { count: running, word: 'running' },
    { count: waiting, word: 'waiting' },
    { count: failing, word: 'failing' },
  ].filter(({ count }) => count > 0)
  const [first = { count: 0, word: 'running' }, ...rest] = counts
  const words = [`${plural(first.count, 'job')} ${first.word}`, ...rest.map(({ count, word }) => `${count} ${word}`)]
  return { text: words.join(', '), failing: failing > 0 }
}
