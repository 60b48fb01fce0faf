import { useCallback, useRef } from 'react'

/** One function for the life of the component, which always runs the latest: for parts that draw again only when needed. */
export function useStable<Args extends readonly unknown[], Result>(run: (...args: Args) => Result) {
  const latest = useRef(run)
  latest.current = run
  return useCallback((...args: Args): Result => latest.current(...args), [])
}
