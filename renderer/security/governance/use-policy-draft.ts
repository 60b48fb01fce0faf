import { queryOptions, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useState } from 'react'
import type { PolicyTest } from '#preload/security/policies.ts'
import { api } from '#renderer/rpc/client.ts'

type PolicySet = Awaited<ReturnType<typeof api.governance.policies>>

const settleMs = 300

const check = (text: string, tests: readonly PolicyTest[]) =>
  queryOptions({
    queryKey: ['governance-check', text, tests],
    queryFn: ({ signal }) => api.governance.checkPolicies({ text, tests: [...tests] }, { signal }),
    staleTime: 60_000,
    gcTime: 60_000,
  })

/** A value that stands still while it keeps changing. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settleMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** A row that is being typed and is not a test yet is not sent. */
const isComplete = ({ name, action }: PolicyTest): boolean => name.trim() !== '' && action.trim() !== ''

/** The policy text and tests being edited, what the application says of them, and what they began from. */
export function usePolicyDraft(stored: PolicySet) {
  const [base, setBase] = useState(stored)
  const [text, setText] = useState(stored.current.text)
  const [tests, setTests] = useState<readonly PolicyTest[]>(stored.tests)
  const differs = (from: PolicySet) =>
    text !== from.current.text || JSON.stringify(tests) !== JSON.stringify(from.tests)
  const dirty = differs(base)
  const take = (next: PolicySet) => {
    setBase(next)
    setText(next.current.text)
    setTests(next.tests)
  }
  // What was put in force is taken over, unless something else is being edited here: then it is said.
  const moved = stored.current.version !== base.current.version
  useEffect(() => {
    if (moved && (!dirty || !differs(stored))) take(stored)
  })
  const settled = useSettled(useDeferredValue(text))
  const settledTests = useSettled(tests)
  const checked = useQuery({ ...check(settled, settledTests.filter(isComplete)), placeholderData: (before) => before })
  return {
    text,
    setText,
    tests,
    setTests,
    complete: tests.filter(isComplete),
    dirty,
    revision: base.current.version,
    /** A newer version is in force than the one this draft began from. */
    overtaken: moved && dirty,
    discard: () => take(stored),
    checked,
    /** The verdict is about exactly what is shown. */
    current: settled === text && settledTests === tests && !checked.isPlaceholderData,
  }
}

export type PolicyDraft = ReturnType<typeof usePolicyDraft>
