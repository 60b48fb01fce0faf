import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '#renderer/rpc/client.ts'
import { createDeviceKey, enrolmentStatement, findDeviceKey, forgetDeviceKey, toBase64 } from '../device-key.ts'
import { accessKey, useAccessChange } from '../queries.ts'

const localKey = (identity: string | null) =>
  queryOptions({
    queryKey: [...accessKey, 'device-key', identity],
    queryFn: () => (identity === null ? null : findDeviceKey(identity)),
    enabled: identity !== null,
  })

/** The key of this device for somebody, and how it is enrolled and forgotten. */
export function useDeviceKey(identity: string | null) {
  const client = useQueryClient()
  const { data = null, error } = useQuery(localKey(identity))
  const enrol = useAccessChange(async (name: string) => {
    if (identity === null) return
    const key = (await findDeviceKey(identity)) ?? (await createDeviceKey(identity))
    const signature = toBase64(await key.sign(enrolmentStatement(identity, key.publicKey)))
    await api.access.enrolDevice({ name, publicKey: key.publicKey, signature })
  })
  const forget = async () => {
    if (identity === null) return
    await forgetDeviceKey(identity)
    await client.invalidateQueries({ queryKey: localKey(identity).queryKey })
  }
  return { publicKey: data?.publicKey ?? null, error, enrol, forget }
}
