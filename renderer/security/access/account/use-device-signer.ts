import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { AppError } from '#preload/contract/error.ts'
import { api } from '#renderer/rpc/client.ts'
import { findDeviceKey, toBase64 } from '../device-key.ts'
import { meQuery } from '../queries.ts'

/** The enrolled device whose key is here; null where there is none for this identity. */
async function enrolledDevice(identity: string): Promise<string | null> {
  const key = await findDeviceKey(identity)
  if (key === null) return null
  const devices = await api.access.devices({})
  return devices.find(({ publicKey, revokedAt }) => publicKey === key.publicKey && revokedAt === null)?.id ?? null
}

/** Signs for whoever is signed in, with the key of this device; enrolling leads to the account, where it is explained. */
export function useDeviceSigner() {
  const navigate = useNavigate()
  const identity = useQuery(meQuery).data?.id ?? null
  return useMemo(
    () => ({
      device: async () => (identity === null ? null : enrolledDevice(identity)),
      async sign(bytes: Uint8Array<ArrayBuffer>) {
        const key = identity === null ? null : await findDeviceKey(identity)
        if (key === null) throw new AppError('not_found', 'The key of this device is gone.')
        return toBase64(await key.sign(bytes))
      },
      enrol: () => void navigate({ to: '/account' }),
    }),
    [identity, navigate],
  )
}
