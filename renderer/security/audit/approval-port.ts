import { createContext, useContext } from 'react'

/** Shows an approved request by its id. */
export type OpenApproval = (id: string) => void

const ApprovalContext = createContext<OpenApproval | null>(null)

/** The application passes in how requests are shown: this capability knows no other. Null while there is no such screen. */
export const OpenApprovalProvider = ApprovalContext.Provider

export const useOpenApproval = (): OpenApproval | null => useContext(ApprovalContext)
