import type { Caller } from '#preload/contract/caller.ts'
import { AppError } from '#preload/contract/error.ts'

/** A call that the one door would let through after something a person can do. */
export type Asked = { readonly operation: string; readonly input: unknown; readonly error: AppError }

/** What a person is asked when the door wants more than a role. Filled by the capabilities that know how. */
export type DoorKeeper = {
  /** Has the person prove that it is them. @returns whether they did. */
  readonly prove: (asked: Asked) => Promise<boolean>
  /** Offers to ask others for approval. */
  readonly requestApproval: (asked: Asked) => void
  /** The session is over or locked. */
  readonly signedOut: () => void
}

let keeper: DoorKeeper | null = null

export const setDoorKeeper = (next: DoorKeeper): void => {
  keeper = next
}

/** Whether the call may be made once more: nothing has run yet when the door asks for a proof. */
async function mayRepeat(operation: string, input: unknown, thrown: unknown): Promise<boolean> {
  if (!(thrown instanceof AppError) || keeper === null) return false
  if (thrown.code === 'unauthenticated') keeper.signedOut()
  if (thrown.code === 'approval_required') keeper.requestApproval({ operation, input, error: thrown })
  return thrown.code === 'step_up' && keeper.prove({ operation, input, error: thrown })
}

type Bridge = Pick<Caller, 'call' | 'open'>

/** The bridge, with a person between a refusal that they can lift and the screen that would show it. */
export const throughDoor = (bridge: Bridge): Bridge => ({
  async call(operation, input, options) {
    try {
      return await bridge.call(operation, input, options)
    } catch (thrown) {
      if (await mayRepeat(operation, input, thrown)) return bridge.call(operation, input, options)
      throw thrown
    }
  },
  async *open(operation, input, options) {
    try {
      yield* bridge.open(operation, input, options)
    } catch (thrown) {
      if (!(await mayRepeat(operation, input, thrown))) throw thrown
      yield* bridge.open(operation, input, options)
    }
  },
})
