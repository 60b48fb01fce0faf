import { useQuery } from '@tanstack/react-query'
import { environmentList, useEnvironmentsLive } from './queries.ts'

const none: readonly string[] = []

/** The names of the environments in their order, for the top bar. */
export function useStages(): readonly string[] {
  useEnvironmentsLive()
  const { data } = useQuery(environmentList)
  return data === undefined ? none : data.map(({ name }) => name)
}
