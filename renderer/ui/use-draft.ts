import { useEffect, useRef, useState } from 'react'

const usualPauseMs = 250

/**
 * Text that is shown with the keystroke and reaches the address after a pause. A change of the address from elsewhere
 * (back, a saved view, a chip) replaces the text.
 */
export function useDraft(
  value: string,
  write: (value: string) => void,
  pauseMs = usualPauseMs,
): readonly [string, (text: string) => void] {
  const [draft, setDraft] = useState(value)
  const known = useRef(value)
  const latest = useRef(write)
  latest.current = write
  useEffect(() => {
    if (value === known.current) return
    known.current = value
    setDraft(value)
  }, [value])
  useEffect(() => {
    if (draft === known.current) return
    const timer = setTimeout(() => {
      known.current = draft
      latest.current(draft)
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [draft, pauseMs])
  return [draft, setDraft]
}
