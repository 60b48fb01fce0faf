import { useBlocker } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'

type Place = { readonly pathname: string; readonly search: unknown }

type Unsaved = {
  /** The question, while it is asked. */
  readonly question: ReactNode
  /** Tells whether something would be lost now. */
  readonly tell: (unsaved: boolean) => void
  /** Does something that loses it; after the question where something would be lost. */
  readonly before: (act: () => void) => void
}

/**
 * Asks before what was typed is lost: by going to another address for which `loses`, or by what is given to `before`.
 * @param target what would be lost.
 */
export function useUnsaved(target: string, loses: (from: Place, to: Place) => boolean): Unsaved {
  // Read when somebody leaves, not when it was drawn: what was saved just now is not lost.
  const unsaved = useRef(false)
  const [act, setAct] = useState<(() => void) | null>(null)
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => unsaved.current && loses(current, next),
    enableBeforeUnload: false,
    withResolver: true,
  })
  const stay = (): void => {
    setAct(null)
    blocker.reset?.()
  }
  const leave = (): void => {
    unsaved.current = false
    setAct(null)
    if (act === null) blocker.proceed?.()
    else act()
  }
  return {
    question: (
      <ConfirmDialog
        open={act !== null || blocker.status === 'blocked'}
        onClose={stay}
        onConfirm={leave}
        title="Discard your changes?"
        target={target}
        effect="What you changed was not saved, and is lost. What is in force stays as it is."
        action="Discard changes"
      />
    ),
    tell: (now) => {
      unsaved.current = now
    },
    before: (next) => (unsaved.current ? setAct(() => next) : next()),
  }
}
