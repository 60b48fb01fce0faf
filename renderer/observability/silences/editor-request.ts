import { create } from 'zustand'
import type { AlertToSilence, EditorRequest } from './draft.ts'

/** What the editor is open for; null while it is closed. Any screen may open it. */
export const useEditorRequest = create<{ readonly request: EditorRequest | null }>(() => ({ request: null }))

export const openSilenceEditor = (request: EditorRequest): void => useEditorRequest.setState({ request })
export const closeSilenceEditor = (): void => useEditorRequest.setState({ request: null })

/** Opens the editor, filled in for these alerts. */
export const silenceAlerts = (alerts: readonly AlertToSilence[]): void => openSilenceEditor({ kind: 'alerts', alerts })
