import { v7 as uuid } from 'uuid'
import { isSignedBy } from '#main/kernel/access/device-signature.ts'
import { type Clock, iso } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Device } from '#preload/security/factors.ts'
import type { DeviceStore, StoredDevice } from './store/devices.ts'

type Ports = {
  readonly store: DeviceStore
  readonly clock: Clock
  /** Which audit entry a call wrote; null while it is not written. */
  readonly auditSequence: (correlationId: string) => Promise<number | null>
}

type Enrolment = { readonly name: string; readonly publicKey: string; readonly signature: string }

/** What the device signs to prove that it has the key it enrols. */
export const possessionStatement = (identity: string, publicKey: string): string =>
  `framework0 device enrolment\n${identity}\n${publicKey}\n`

/** The devices whose keys sign approvals. */
export function createDevices({ store, clock, auditSequence }: Ports) {
  const shown = async ({ correlationId, ...device }: StoredDevice): Promise<Device> => ({
    ...device,
    auditSequence: await auditSequence(correlationId),
  })

  return {
    /** @param identity whose; null for everybody's. */
    list: async (identity: string | null): Promise<Device[]> => Promise.all((await store.list(identity)).map(shown)),

    known: store.find,

    find: async (id: string): Promise<StoredDevice> => {
      const device = await store.find(id)
      if (device) return device
      throw new AppError('not_found', 'There is no such device.')
    },

    async enrol(identity: string, { name, publicKey, signature }: Enrolment, correlationId: string): Promise<Device> {
      if (!isSignedBy(publicKey, Buffer.from(possessionStatement(identity, publicKey)), signature))
        throw new AppError('invalid', 'The device did not prove that it has this key.', {
          hint: 'Enrol it again, on the device itself.',
          at: 'signature',
        })
      if ((await store.list(null)).some((device) => device.publicKey === publicKey))
        throw new AppError('conflict', 'This key is enrolled already.', { hint: 'Make a new key on the device.' })
      const device: StoredDevice = {
        id: uuid(),
        identity,
        name,
        publicKey,
        enrolledAt: iso(clock.now()),
        revokedAt: null,
        correlationId,
      }
      await store.insert(device)
      return shown(device)
    },

    /** @param lostAt from when its signatures are not accepted; never later than a revocation before. */
    async revoke(device: StoredDevice, reason: string, lostAt: string | undefined): Promise<Device> {
      const now = iso(clock.now())
      const wanted = lostAt !== undefined && lostAt < now ? lostAt : now
      const revokedAt = device.revokedAt !== null && device.revokedAt < wanted ? device.revokedAt : wanted
      await store.revoke(device.id, revokedAt, reason)
      return shown({ ...device, revokedAt })
    },
  }
}
