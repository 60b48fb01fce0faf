import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { personalCaller } from '#main/kernel/access/caller.ts'
import { createCheckpoints } from '#main/kernel/audit/checkpoint.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { noWitness } from '#main/kernel/audit/witness.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { type OpenWorkspace, openWorkspace, type Workspace } from '#main/kernel/store/workspace.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import type { Access } from '#main/security/access/service.ts'
import { createAudit } from '#main/security/audit/capability.ts'
import type { DeviceProof, KnownDevice } from '#main/security/governance/ports.ts'
import { createDirectory } from './directory.ts'
import { migrations } from './migrations.ts'

const device: KnownDevice = {
  ...{ id: '0198f2a0-0000-7000-8000-00000000000a', identity: 'os:ana', publicKey: 'the-key', name: 'Laptop' },
  ...{ enrolledAt: '2026-01-01T00:00:00.000Z', revokedAt: null },
}
const keychain = {
  unavailable: async () => null,
  protect: async (text: string) => text,
  reveal: async (text: string) => text,
}
const throws = (thrown: unknown): never => {
  throw thrown
}

let opened: OpenWorkspace
let close: () => Promise<void>
let sequenceOf: (correlationId: string) => Promise<number | null>
/** As if the row of the device named that call. */
let prove: (given: KnownDevice, correlationId: string) => Promise<DeviceProof>
let enrol: (correlationId: string, after: unknown, outcome?: 'succeeded' | 'failed') => Promise<void>
let revoke: (revokedAt: string) => Promise<void>

beforeEach(async () => {
  opened = await openWorkspace(':memory:', migrations)
  const { workspace } = opened
  const clock = systemClock
  const vault = await openVault(workspace, keychain)
  const log = createAuditLog(workspace, clock)
  const checkpoints = createCheckpoints({ workspace, vault, clock, witness: noWitness, onError: throws })
  const settings = createSettings(workspace, clock)
  const audit = createAudit({ workspace, log, checkpoints, settings, clock, onChange: () => {}, onError: throws })
  sequenceOf = audit.search.sequenceOf
  prove = (given, correlationId) => {
    const access = { devices: { find: async () => ({ ...given, correlationId }) } } as unknown as Access
    return createDirectory({ workspace, access: () => access, auditing: audit, checkpoints }).deviceProof(given)
  }
  const write = async (operation: string, correlationId: string, after: unknown, outcome: 'succeeded' | 'failed') => {
    const attempt = { operation, input: {}, environments: [], policies: [], approval: null }
    const intent = await log.begin({ ...attempt, caller: personalCaller('ana', 'desktop', 's'), correlationId })
    await log.finish(intent, { outcome, changes: [{ targets: [device.id], after }] })
  }
  revoke = (revokedAt) => write('access.revokeDevice', 'revoked', { revokedAt }, 'succeeded')
  enrol = async (correlationId, after, outcome = 'succeeded') => {
    await write('access.enrolDevice', correlationId, after, outcome)
    await vi.waitFor(async () => expect(await sequenceOf(correlationId)).not.toBeNull())
  }
  close = async () => {
    await audit.close()
    await opened.close()
  }
})
afterEach(() => close())

const rewrite = async (workspace: Workspace, from: string, to: string): Promise<void> => {
  const db = workspace.withTables<{ audit_entry: { sequence: number; leaf: string } }>()
  for (const { sequence, leaf } of await db.selectFrom('audit_entry').select(['sequence', 'leaf']).execute())
    await db
      .updateTable('audit_entry')
      .set({ leaf: leaf.replaceAll(from, to) })
      .where('sequence', '=', sequence)
      .execute()
}

describe('the enrolment of a device', () => {
  it('is proven by its entry in the signed log', async () => {
    await enrol('one', { ...device, name: 'Laptop' })
    expect(await sequenceOf('one')).toBe(1)
    expect(await prove(device, 'one')).toEqual({ ok: true })
  })

  it('is not proven for another key, another person, or by an entry that is not there', async () => {
    await enrol('one', device)
    expect(await prove({ ...device, publicKey: 'mine' }, 'one')).toMatchObject({ ok: false })
    expect(await prove({ ...device, identity: 'os:eve' }, 'one')).toMatchObject({ ok: false })
    expect(await prove(device, 'two')).toMatchObject({ ok: false })
    await enrol('three', device, 'failed')
    expect(await prove(device, 'three')).toMatchObject({ ok: false })
  })

  it('is not proven by an entry that the owner of the database wrote over', async () => {
    await enrol('one', device)
    await enrol('two', { ...device, publicKey: 'another' })
    await rewrite(opened.workspace, 'another', 'forged')
    expect(await prove({ ...device, publicKey: 'forged' }, 'two')).toEqual({
      ok: false,
      reason: 'The enrolment is not what was signed: the audit log was changed.',
    })
    expect(await prove(device, 'one')).toEqual({ ok: true })
  })

  it('does not hold for a device that the log says was revoked, whatever its row says', async () => {
    await enrol('one', device)
    await revoke('2026-01-02T00:00:00.000Z')
    await vi.waitFor(async () => expect(await prove(device, 'one')).toMatchObject({ ok: false }))
    expect(await prove({ ...device, revokedAt: '2026-01-03T00:00:00.000Z' }, 'one')).toMatchObject({ ok: false })
    expect(await prove({ ...device, revokedAt: '2026-01-02T00:00:00.000Z' }, 'one')).toEqual({ ok: true })
  })
})
