import { create } from 'zustand'
import type { Asked } from '#renderer/rpc/door.ts'

/** The call that somebody wants approved; null while nobody asks. */
export const useApprovalRequest = create<{ readonly asked: Asked | null }>(() => ({ asked: null }))

/** Offers to ask others to approve a call that the door refused without them. */
export const offerApprovalRequest = (asked: Asked): void => useApprovalRequest.setState({ asked })
export const closeApprovalRequest = (): void => useApprovalRequest.setState({ asked: null })
