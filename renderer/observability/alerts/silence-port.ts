import { createContext, useContext } from 'react'

/** What a silence is made from: the labels to match, and where the alert was seen. */
export type AlertToSilence = {
  readonly labels: Readonly<Record<string, string>>
  readonly environment: string
  readonly sources: readonly { readonly id: string; readonly kind: 'alertmanager' | 'prometheus' | 'embedded' }[]
}

/** Opens the editor of silences, filled in for these alerts. */
export type SilenceAlerts = (alerts: readonly AlertToSilence[]) => void

const SilenceContext = createContext<SilenceAlerts | null>(null)

/** The application passes in how silences are made: this capability knows no other. */
export const SilenceAlertsProvider = SilenceContext.Provider

export const useSilenceAlerts = (): SilenceAlerts | null => useContext(SilenceContext)
