import type { Instance } from './engine.ts'

/** One that was started again is only trusted to stay after this time. */
export const steadyAfterMs = 60_000

/** What an instance did, said of it by name: a sentence that begins with “It”. */
export const sayOf = (index: number, version: string, sentence: string): string =>
  `Instance ${index} of ${version} ${sentence.replace(/^It /, '')}`

export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** What is wrong with an instance of a version, as sentences; null where nothing is. */
export function illnessOf(version: string, instance: Instance): string | null {
  const { index, ready, restarts, lastEnd, endpoint, reason } = instance
  if (ready && restarts === 0) return null
  if (restarts === 0 && lastEnd === null) return `Instance ${index} of ${version} is not ready. ${reason ?? ''}`.trim()
  const now = !ready && endpoint !== null && reason !== null ? ` It is not ready now. ${reason}` : ''
  const wrote = lastEnd === null || lastEnd.lastLine === '' ? '' : ` It wrote last: “${lastEnd.lastLine}”.`
  return `${endedOf(version, instance)}.${now}${wrote}`
}

/** How an instance ended, how often, and what became of it. */
export function endedOf(version: string, { index, restarts, lastEnd, endpoint, hopeless }: Instance): string {
  const how = lastEnd?.how ? ` (${lastEnd.how})` : ''
  const again = restarts === 0 ? ' and is to be started again' : ` and was started again ${times(restarts)}`
  const leftAlone = hopeless && endpoint === null
  return `Instance ${index} of ${version} ended by itself${how}${again}${leftAlone ? ', and is left alone now' : ''}`
}
