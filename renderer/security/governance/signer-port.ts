import { createContext, useContext } from 'react'

/** The key of this device, which signs decisions for its owner. */
export type DeviceSigner = {
  /** The enrolled device's id; null where this device is not enrolled, or not for this person. */
  readonly device: () => Promise<string | null>
  /** Ed25519 signature, base64. */
  readonly sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>
  /** Leads to where the person can enrol this device. */
  readonly enrol: () => void
}

const SignerContext = createContext<DeviceSigner | null>(null)

/** The application passes in how this device signs: this capability knows no other. */
export const DeviceSignerProvider = SignerContext.Provider

export const useDeviceSigner = (): DeviceSigner | null => useContext(SignerContext)
