import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Device } from '#preload/security/factors.ts'

/** A device as it is kept. The audit entry of its enrolment is found by the correlation id. */
export type StoredDevice = Omit<Device, 'auditSequence'> & { readonly correlationId: string }

type DeviceTables = {
  device: {
    id: string
    identity: string
    name: string
    public_key: string
    enrolled_at: string
    correlation_id: string
    revoked_at: string | null
    revoked_reason: string | null
  }
}

export function createDeviceStore(workspace: Workspace) {
  const db = workspace.withTables<DeviceTables>()
  return {
    async list(identity: string | null): Promise<StoredDevice[]> {
      const all = db.selectFrom('device').selectAll().orderBy('enrolled_at')
      return (await (identity === null ? all : all.where('identity', '=', identity)).execute()).map(fromRow)
    },

    async find(id: string): Promise<StoredDevice | null> {
      const row = await db.selectFrom('device').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? fromRow(row) : null
    },

    insert: async (device: StoredDevice): Promise<void> => {
      await db
        .insertInto('device')
        .values({
          id: device.id,
          identity: device.identity,
          name: device.name,
          public_key: device.publicKey,
          enrolled_at: device.enrolledAt,
          correlation_id: device.correlationId,
          revoked_at: device.revokedAt,
          revoked_reason: null,
        })
        .execute()
    },

    /** What people call their devices can name them. The keys stay: they prove what was signed. */
    forgetNames: async (identity: string): Promise<void> => {
      await db.updateTable('device').set({ name: '' }).where('identity', '=', identity).execute()
    },

    revoke: async (id: string, at: string, reason: string): Promise<void> => {
      await db.updateTable('device').set({ revoked_at: at, revoked_reason: reason }).where('id', '=', id).execute()
    },
  }
}

export type DeviceStore = ReturnType<typeof createDeviceStore>

const fromRow = (row: DeviceTables['device']): StoredDevice => ({
  id: row.id,
  identity: row.identity,
  name: row.name,
  publicKey: row.public_key,
  enrolledAt: row.enrolled_at,
  revokedAt: row.revoked_at,
  correlationId: row.correlation_id,
})

export const deviceTables = [
  `create table device (
    id text primary key, identity text not null references identity (id), name text not null, public_key text not null,
    enrolled_at text not null, correlation_id text not null, revoked_at text, revoked_reason text
  )`,
  'create index device_by_identity on device (identity)',
] as const
