import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import type { WorkspaceLog } from '#main/kernel/audit/log.ts'
import { parseNote, signerOf } from '#main/kernel/audit/note.ts'
import { rootOf } from '#main/kernel/audit/proof.ts'
import { readHead, storedNodes } from '#main/kernel/audit/tree.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { anchorHandlers } from '#main/security/audit/anchor/handlers.ts'
import type { Checkpoints as AnchoredCheckpoints } from '#main/security/audit/anchor/place.ts'
import { placeOf } from '#main/security/audit/anchor/place-of.ts'
import { createAnchorService } from '#main/security/audit/anchor/service.ts'
import { type AnchorStore, createAnchorStore } from '#main/security/audit/anchor/store.ts'
import type { AuditCapability } from '#main/security/audit/capability.ts'
import type { EvidenceFile } from '#main/security/audit/evidence.ts'
import { exportHandlers } from '#main/security/audit/export/handlers.ts'
import { forwardHandlers } from '#main/security/audit/forward/handlers.ts'
import { createForwardService } from '#main/security/audit/forward/service.ts'
import { createForwarderStore } from '#main/security/audit/forward/store.ts'
import { targetOf } from '#main/security/audit/forward/target-of.ts'
import type { DeliveryHandlers } from '#main/security/audit/handlers.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'

type Parts = {
  readonly workspace: Workspace
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly audit: WorkspaceLog
  readonly checkpoints: Checkpoints
  readonly auditing: Pick<AuditCapability, 'search' | 'entries' | 'evidence'>
  /** Tells whenever a checkpoint was signed. */
  readonly onSigned: (listener: () => void) => () => void
  /** The data folder. */
  readonly folder: string
  /** Of the application. */
  readonly version: string
}

type Reading = { readonly from?: number; readonly batch: number }

const isOpen = (filter: AuditFilter): boolean => Object.values(filter).every((value) => value === undefined)

/** Matching entries in order; all of them without asking the search index. */
const reader = ({ search, entries }: Pick<AuditCapability, 'search' | 'entries'>) =>
  async function* (filter: AuditFilter, { from = 1, batch }: Reading): AsyncGenerator<readonly AuditEntry[]> {
    if (isOpen(filter)) return yield* entries.follow(from - 1, undefined, batch)
    for await (const found of search.follow(filter, from - 1, batch)) yield await entries.get(found)
  }

/** The signed checkpoints as anchors follow them. */
function anchored({ workspace, checkpoints, onSigned }: Parts): AnchoredCheckpoints {
  const nodes = storedNodes(workspace)
  return {
    after: checkpoints.after,
    countAfter: checkpoints.countAfter,
    rootAt: async (size) => {
      const head = await readHead(workspace)
      return head && size <= head.size ? rootOf(nodes, size) : null
    },
    isOurs: async (note) => {
      const head = parseNote(note)
      return head !== null && signerOf(head, await checkpoints.key.all()) !== null
    },
    onCheckpoint: onSigned,
  }
}

/** What was timestamped and the tokens (RFC 3161), for evidence packages. */
async function* timestamps(anchors: AnchorStore): AsyncGenerator<EvidenceFile> {
  const bytes = async function* (content: Buffer): AsyncGenerator<Uint8Array> {
    yield content
  }
  for (const { anchorId, size, note, token } of await anchors.allTokens()) {
    yield { name: `${size}-${anchorId}.txt`, chunks: bytes(Buffer.from(note)) }
    yield { name: `${size}-${anchorId}.tsr`, chunks: bytes(Buffer.from(token, 'base64')) }
  }
}

/** The ways out of the log: exports, forwarders and anchors. */
export function createDelivery(parts: Parts) {
  const { workspace, vault, clock, log, audit, checkpoints, auditing, folder } = parts
  const entries = reader(auditing)
  const wait = async (ms: number, signal: AbortSignal): Promise<void> => {
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
  }
  const common = { clock, log, random: Math.random, wait }
  const forward = createForwardService({
    ...common,
    store: createForwarderStore(workspace),
    vault,
    entries,
    size: async () => (await readHead(workspace))?.size ?? 0,
    onAppend: (listener) => audit.onAppend(() => listener()),
    targetOf: targetOf({ clock, instance: 'framework0', hostname: hostname() }),
  })
  const followed = anchored(parts)
  const anchors = createAnchorStore(workspace)
  const anchor = createAnchorService({
    ...common,
    store: anchors,
    checkpoints: followed,
    placeOf: placeOf({ clock, directory: join(folder, 'anchors'), checkpoints: followed }),
  })
  const handlers: DeliveryHandlers = {
    ...forwardHandlers(forward),
    ...anchorHandlers(anchor),
    ...exportHandlers({
      clock,
      entries,
      count: (filter) => auditing.search.count(filter),
      latestCheckpoint: async () => (await checkpoints.list(1))[0] ?? null,
      sign: checkpoints.signText,
      evidenceFiles: (filter) =>
        auditing.evidence(filter, { version: parts.version, anchors: () => timestamps(anchors) }),
    }),
  }
  return {
    handlers,
    start: async () => {
      await forward.start()
      await anchor.start()
    },
    stop: async () => {
      await forward.stop()
      await anchor.stop()
    },
  }
}
