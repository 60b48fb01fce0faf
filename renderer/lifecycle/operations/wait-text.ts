import type { Job } from '#preload/lifecycle/operations.ts'

type Wait = Job['waits'][number]

/** What a job waits for, in a few words. */
export function waitText({ kind, what, key }: Pick<Wait, 'kind' | 'what' | 'key'>): string {
  if (kind === 'timer') return `until its time: ${key}`
  if (kind === 'task') return `for an answer: ${what}`
  if (kind === 'child') return `for the job ${what}`
  return `for the signal ${what}`
}
