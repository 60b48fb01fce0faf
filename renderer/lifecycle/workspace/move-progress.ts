import { create } from 'zustand'
import type { WorkspaceChange } from '#preload/lifecycle/workspace.ts'

type Progress = WorkspaceChange['progress']

/** How far a move of the workspace is; null while none is under way. */
export const useMoveProgress = create<{ readonly progress: Progress }>(() => ({ progress: null }))

export const setMoveProgress = (progress: Progress): void => useMoveProgress.setState({ progress })
