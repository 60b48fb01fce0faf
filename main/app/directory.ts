import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import { leafHash } from '#main/kernel/audit/merkle.ts'
import { parseNote, signerOf } from '#main/kernel/audit/note.ts'
import { inclusionPath, rootFromInclusion } from '#main/kernel/audit/proof.ts'
import { storedNodes } from '#main/kernel/audit/tree.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Access } from '#main/security/access/service.ts'
import type { AuditCapability } from '#main/security/audit/capability.ts'
import type { DeviceProof, Directory, KnownDevice, KnownIdentity } from '#main/security/governance/ports.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { AuditEntry } from '#preload/security/audit.ts'

type Parts = {
  readonly workspace: Workspace
  /** Asked for late: who is known stands on policies that ask who is known. */
  readonly access: () => Access
  readonly auditing: Pick<AuditCapability, 'search' | 'entries'>
  readonly checkpoints: Checkpoints
}

type StoredIdentity = Awaited<ReturnType<Access['identities']['list']>>[number]

/** Who is known here, as governance asks for it: people from access, and what proves their devices from the audit log. */
export function createDirectory(parts: Parts): Directory {
  const { access } = parts
  const known = (identity: StoredIdentity): KnownIdentity => {
    const { id, name, groups, disabled } = identity
    return { id, name, groups, disabled, roles: access().identities.rolesOf(identity) }
  }

  const findDevice = async (id: string) => {
    try {
      return await access().devices.find(id)
    } catch (thrown) {
      if (asAppError(thrown).code === 'not_found') return null
      throw thrown
    }
  }

  return {
    async identity(id) {
      const identity = await access().identities.find(id)
      return identity && known(identity)
    },
    device: findDevice,
    async deviceProof(device) {
      const stored = await findDevice(device.id)
      if (!stored) return { ok: false, reason: 'The device is not known.' }
      return proveEnrolment(parts, device, stored.correlationId)
    },
    /** In a workspace that demands no sign-in its owner; else whoever could come in through a provider. */
    async administrators() {
      const { identities, providers, signInRequired } = access()
      const everybody = await identities.list()
      const providerIds = providers.ids()
      const canComeIn = ({ kind, provider }: StoredIdentity): boolean =>
        signInRequired() ? provider !== null && providerIds.has(provider) : kind === 'os'
      return everybody
        .filter((identity) => canComeIn(identity) && !identity.disabled)
        .map((identity) => ({ ...known(identity), personal: !signInRequired() }))
        .filter(({ roles }) => roles.includes('admin'))
    },
  }
}

/**
 * Whether the log proves that somebody enrolled exactly this key: the entry says so, and it is under a checkpoint that the
 * log's key signed. Whoever owns the database can write a device into it, but cannot sign.
 */
async function proveEnrolment(parts: Parts, device: KnownDevice, correlationId: string): Promise<DeviceProof> {
  const { auditing } = parts
  const sequence = await auditing.search.sequenceOf(correlationId)
  if (sequence === null) return { ok: false, reason: 'The audit log has no enrolment of this device.' }
  const [entry] = await auditing.entries.get([sequence])
  if (!entry || !says(entry, device)) return { ok: false, reason: 'The audit log tells of another enrolment.' }
  const revoked = await revokedIn(auditing, device.id)
  if (revoked !== null && (device.revokedAt === null || device.revokedAt > revoked))
    return { ok: false, reason: 'The audit log says that the device was revoked.' }
  return isSigned(parts, sequence)
}

/** Since when the log says that signatures of a device are not accepted; null where it says nothing. */
async function revokedIn({ search }: Parts['auditing'], device: string): Promise<string | null> {
  const { entries } = await search.page(
    { operation: 'access.revokeDevice', target: device, outcome: 'succeeded' },
    0,
    100,
  )
  const moments = entries.flatMap(({ after }) => (after as { readonly revokedAt?: string } | null)?.revokedAt ?? [])
  return moments.sort()[0] ?? null
}

function says({ operation, outcome, after }: AuditEntry, device: KnownDevice): boolean {
  if (operation !== 'access.enrolDevice' || outcome !== 'succeeded') return false
  const said = (after ?? {}) as Readonly<Record<string, unknown>>
  return said.id === device.id && said.identity === device.identity && said.publicKey === device.publicKey
}

async function isSigned({ workspace, auditing, checkpoints }: Parts, sequence: number): Promise<DeviceProof> {
  const checkpoint = (await checkpoints.covering(sequence)) ?? (await checkpoints.sign())
  if (!checkpoint || checkpoint.size < sequence)
    return { ok: false, reason: 'The enrolment is not under a signed checkpoint yet; unlock the vault.' }
  const head = parseNote(checkpoint.note)
  if (!head || signerOf(head, await checkpoints.key.all()) === null)
    return { ok: false, reason: 'The checkpoint over the enrolment has no valid signature.' }
  const rows = await auditing.entries.rows(sequence - 1, sequence, 1).next()
  const leaf = rows.done ? null : rows.value[0]?.leaf
  if (!leaf) return { ok: false, reason: 'The entry of the enrolment is gone.' }
  const path = await inclusionPath(storedNodes(workspace), sequence - 1, head.size)
  if (rootFromInclusion(leafHash(leaf), sequence - 1, head.size, path) !== head.root)
    return { ok: false, reason: 'The enrolment is not what was signed: the audit log was changed.' }
  return { ok: true }
}

/** Whether the log has an entry that carried out an approved request, or was at it when the application stopped. */
export const carriedOut =
  ({ search, entries }: Pick<AuditCapability, 'search' | 'entries'>) =>
  async (approval: string): Promise<boolean> => {
    for await (const found of search.follow({ operation: 'governance.perform', text: approval }))
      for (const { outcome, targets, after } of await entries.get(found)) {
        const isOfIt = targets.includes(approval) || JSON.stringify(after).includes(approval)
        if (isOfIt && (outcome === 'succeeded' || outcome === 'interrupted')) return true
      }
    return false
  }
