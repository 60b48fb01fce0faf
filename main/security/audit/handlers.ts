import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import { consistencyPath, inclusionPath, type ReadNodes } from '#main/kernel/audit/proof.ts'
import type { Subjects } from '#main/kernel/audit/subject.ts'
import type { Handlers } from '#main/kernel/service.ts'
import { AppError } from '#preload/contract/error.ts'
import type { audit } from '#preload/security/audit.ts'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import type { IntegrityState } from './integrity.ts'
import type { RetentionPolicy } from './retention.ts'
import type { Search } from './search.ts'

type AuditHandlers = Handlers<typeof audit>

/** What others answer: the ways out of the log. */
export type DeliveryHandlers = Pick<
  AuditHandlers,
  'export' | 'forwarders' | 'putForwarder' | 'removeForwarder' | 'anchors' | 'putAnchor' | 'removeAnchor'
>

type Ports = {
  readonly search: Search
  readonly subjects: Subjects
  readonly integrity: IntegrityState
  readonly checkpoints: Checkpoints
  readonly retention: RetentionPolicy
  readonly nodes: ReadNodes
  /** The canonical text of an entry; null once pruned, undefined when there is none. */
  readonly leaf: (sequence: number) => Promise<{ readonly hash: string; readonly text: string | null } | undefined>
  readonly appends: (signal: AbortSignal) => AsyncIterable<{ sequence: number }>
  readonly delivery: DeliveryHandlers
  /** Forgets what is known of a person elsewhere. */
  readonly forget: (identity: string) => Promise<void>
}

export function auditHandlers(ports: Ports): AuditHandlers {
  const { search, subjects, integrity, checkpoints, retention, appends, delivery, forget } = ports
  return {
    ...delivery,
    list: async ({ offset, limit, before, ...filter }) => ({
      offset,
      ...(await search.page(filter, offset, limit, before)),
    }),
    facets: async () => ({
      actors: [...(await subjects.list())],
      operations: await search.values('operation'),
      environments: await search.values('environment'),
    }),
    integrity: () => integrity.now(),
    verify: (_, { signal }) => integrity.verify(signal),
    watch: (_, { signal }) => appends(signal),
    checkpoints: async ({ limit }) => [...(await checkpoints.list(limit))],
    ...proofHandlers(ports),
    retention: () => retention.read(),
    ...retentionHandlers(retention),
    async erase({ subject, reason }, { caller, record }) {
      const before = (await subjects.list()).find((one) => one.subject === subject)
      if (!before) throw new AppError('not_found', 'Nobody in the log has this pseudonym.')
      // The owner of a personal workspace has nobody to ask; what they do from now on has another pseudonym.
      if (!caller.personal && (await subjects.find(caller.id)) === subject)
        throw new AppError('conflict', 'You cannot forget yourself: saying so would write you down once more.', {
          hint: 'Ask somebody else who may to do it.',
        })
      await retention.pruneLegacyOf(subject) // while it is still known whose they are
      const { erasedAt, identity } = await subjects.erase(subject)
      if (identity !== null) await forget(identity)
      // who was erased stays out of the record, or erasing would write them down once more
      record({ targets: [subject], before: { erasedAt: before.erasedAt }, after: { erasedAt, reason } })
      return { subject, name: null, erasedAt }
    },
  }
}

type Proofs = Pick<AuditHandlers, 'proof' | 'consistency'>

function proofHandlers({ checkpoints, nodes, leaf }: Ports): Proofs {
  const signed = async (size: number): Promise<Checkpoint> => {
    const found = await checkpoints.at(size)
    if (found) return found
    throw new AppError('not_found', `No checkpoint was signed over ${size} entries.`, {
      hint: 'Choose one of the sizes that audit.checkpoints lists.',
    })
  }

  return {
    async proof({ sequence, size }) {
      const entry = await leaf(sequence)
      if (!entry) throw new AppError('not_found', `There is no entry ${sequence}.`)
      await checkpoints.sign()
      const checkpoint = size === undefined ? await checkpoints.covering(sequence) : await signed(size)
      if (!checkpoint || checkpoint.size < sequence)
        throw new AppError('not_found', `No signed checkpoint covers entry ${sequence} yet.`, {
          hint: 'Checkpoints are signed while the vault is open.',
        })
      return {
        sequence,
        leafHash: entry.hash,
        leaf: entry.text,
        path: [...(await inclusionPath(nodes, sequence - 1, checkpoint.size))],
        checkpoint,
      }
    },
    async consistency({ from, to }) {
      if (from > to) throw new AppError('invalid', 'The older checkpoint must be the smaller one.', { at: 'from' })
      const [older, newer] = [await signed(from), await signed(to)]
      return { from: older, to: newer, path: [...(await consistencyPath(nodes, from, to))] }
    },
  }
}

type Keeping = Pick<AuditHandlers, 'setRetention' | 'placeHold' | 'releaseHold'>

const retentionHandlers = (retention: RetentionPolicy): Keeping => ({
  async setRetention({ keepDays }, { record }) {
    const before = await retention.read()
    await retention.setKeepDays(keepDays)
    record({ targets: ['retention'], before: { keepDays: before.keepDays }, after: { keepDays } })
    return retention.read()
  },
  async placeHold(hold, { record }) {
    const placed = await retention.hold(hold)
    record({ targets: [placed.id], before: null, after: placed })
    return retention.read()
  },
  async releaseHold({ id, reason }, { record }) {
    const released = await retention.release(id)
    record({ targets: [id], before: { ...released, releasedAt: null }, after: { ...released, reason } })
    return retention.read()
  },
})
