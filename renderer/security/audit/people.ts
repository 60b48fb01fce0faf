import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { shortSubject } from './ActorName.tsx'
import { auditFacets } from './queries.ts'

/** What a pseudonym is called: the name behind it, or that it was erased. */
export const nameOfSubject = (subject: string, name: string | null): string => name ?? `erased ${shortSubject(subject)}`

/** Names by pseudonym; text that is no pseudonym stays as it is. */
export function useNames(): (actor: string) => string {
  const { data } = useQuery(auditFacets)
  return useCallback(
    (actor) => {
      const person = data?.actors.find(({ subject }) => subject === actor)
      return person === undefined ? actor : nameOfSubject(person.subject, person.name)
    },
    [data],
  )
}
