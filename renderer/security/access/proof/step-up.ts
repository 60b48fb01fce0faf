import { create } from 'zustand'
import type { Asked } from '#renderer/rpc/door.ts'

type StepUp = {
  /** The call that started it; null while nothing is asked. */
  readonly asked: Asked | null
  readonly waiting: readonly ((proven: boolean) => void)[]
}

export const useStepUp = create<StepUp>(() => ({ asked: null, waiting: [] }))

/** Has the person prove that it is them, for a call that the door held back. Calls held meanwhile share one proof. */
export const askForProof = (asked: Asked): Promise<boolean> =>
  new Promise((resolve) =>
    useStepUp.setState((before) => ({ asked: before.asked ?? asked, waiting: [...before.waiting, resolve] })),
  )

/** Closes the dialog and lets everything that waits go on, or fail as it was refused. */
export function settleProof(proven: boolean): void {
  const { waiting } = useStepUp.getState()
  useStepUp.setState({ asked: null, waiting: [] })
  for (const tell of waiting) tell(proven)
}
