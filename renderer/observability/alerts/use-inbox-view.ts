import { useMemo, useRef, useState } from 'react'
import { useDraft } from '#renderer/ui/use-draft.ts'
import { type AlertSearch, type AlertSearchHandle, filterOf, viewOf } from './alert-search.ts'
import { syntaxProblem } from './filter-problem.ts'

const none: readonly string[] = []
const orMissing = (text: string): string | undefined => (text === '' ? undefined : text)

/** The view that is asked for: the address, with the texts as they are typed, and the folded groups. */
export function useInboxView({ search, put }: AlertSearchHandle, environment: string | null) {
  const [matchers, setMatchers] = useDraft(search.matchers ?? '', (text) => put({ matchers: orMissing(text) }))
  const [text, setText] = useDraft(search.search ?? '', (words) => put({ search: orMissing(words) }))
  const problem = useMemo(() => syntaxProblem(matchers), [matchers])
  // While the matchers cannot be read, the list keeps what it shows.
  const readable = useRef('')
  if (problem === null) readable.current = matchers

  const groups = (search.groupBy ?? none).join('\n')
  const [folded, setFolded] = useState({ groups, keys: none })
  const collapsed = folded.groups === groups ? folded.keys : none

  const good = readable.current
  const wanted = useMemo(() => ({ ...search, matchers: good, search: text }), [search, good, text])
  const view = useMemo(() => viewOf(wanted, environment, collapsed), [wanted, environment, collapsed])
  const filter = useMemo(() => filterOf(wanted, environment), [wanted, environment])
  return {
    view,
    filter,
    collapsed,
    matchers,
    text,
    problem,
    setMatchers,
    setText,
    setCollapsed: (keys: readonly string[]) => setFolded({ groups, keys }),
    /** Changes the address; texts change at once with it. */
    put: (change: AlertSearch) => {
      if ('matchers' in change) setMatchers(change.matchers ?? '')
      if ('search' in change) setText(change.search ?? '')
      put(change)
    },
  }
}
