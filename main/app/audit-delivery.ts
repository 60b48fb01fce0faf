import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Checkpoints } from '#main/kernel/audit/checkpoint.ts'
import type { WorkspaceLog } from '#main/kernel/audit/log.ts'
import { originOf, parseNote, signerOf, signNote } from '#main/kernel/audit/note.ts'
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
import { createAnchorStore } from '#main/security/audit/anchor/store.ts'
import type { AuditCapability } from '#main/security/audit/capability.ts'
import { type EvidenceFile, evidenceFiles } from '#main/security/audit/evidence.ts'
import { exportHandlers } from '#main/security/audit/export/handlers.ts'
import type { ExportPorts } from '#main/security/audit/export/material.ts'
import { forwardHandlers } from '#main/security/audit/forward/handlers.ts'
import { createForwardService } from '#main/security/audit/forward/service.ts'
import { createForwarderStore } from '#main/security/audit/forward/store.ts'
import { targetOf } from '#main/security/audit/forward/target-of.ts'
import type { DeliveryHandlers } from '#main/security/audit/handlers.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AuditEntry, AuditFilter } from '#preload/security/audit.ts'

type Parts = {
  readonly workspace: Workspace
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly audit: WorkspaceLog
  readonly checkpoints: Checkpoints
  readonly auditing: Pick<AuditCapability, 'search' | 'entries'>
  /** Tells whenever something was appended, here or by another process. */
  readonly onAppend: (listener: () => void) => () => void
  /** Tells whenever a checkpoint was signed. */
  readonly onSigned: (listener: () => void) => () => void
  /** Whether this process, of all that share the workspace, is the one that delivers. */
  readonly leads: () => Promise<boolean>
  /** Public keys of the devices that approvals are signed with. */
  readonly deviceKeys: () => Promise<readonly unknown[]>
  readonly renderPdf: ExportPorts['renderPdf']
  /** The data folder. */
  readonly folder: string
  /** Of the application. */
  readonly version: string
}

type Reading = { readonly from?: number; readonly batch: number }

const isOpen = (filter: AuditFilter): boolean => Object.values(filter).every((value) => value === undefined)

/** Matching entries in order; all of them without asking the search index. */
const reader = ({ search, entries }: Parts['auditing']) =>
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

/** A text as a note of the log. @throws AppError `locked`. */
const noteSigner =
  ({ workspace, checkpoints }: Parts) =>
  async (text: string): Promise<string> => {
    const head = await readHead(workspace)
    const name = originOf(head?.logId ?? '')
    const key = head && (await checkpoints.key.open(name))
    if (key) return signNote(text, name, key)
    throw new AppError('locked', 'The pages cannot be signed: the key of the log is in the vault, which is locked.', {
      hint: 'Create or unlock the vault, then export again.',
    })
  }

/** What timestamp authorities answered, for evidence packages. */
async function* tokenFiles(store: ReturnType<typeof createAnchorStore>): AsyncGenerator<EvidenceFile> {
  for (const { anchorId, size, token } of await store.allTokens())
    yield {
      name: `${anchorId}/${size}.tsr`,
      chunks: (async function* () {
        yield Buffer.from(token, 'base64')
      })(),
    }
}

/** The ways out of the log: exports, forwarders and anchors. */
export function createDelivery(parts: Parts) {
  const { workspace, vault, clock, log, audit, checkpoints, auditing, folder, version, leads, deviceKeys } = parts
  const entries = reader(auditing)
  const wait = async (ms: number, signal: AbortSignal): Promise<void> => {
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
  }
  const common = { clock, log, random: Math.random, wait, leads }
  const forward = createForwardService({
    ...common,
    store: createForwarderStore(workspace),
    vault,
    entries,
    size: async () => (await readHead(workspace))?.size ?? 0,
    onAppend: parts.onAppend,
    targetOf: targetOf({ clock, instance: 'framework0', hostname: hostname() }),
  })
  const followed = anchored(parts)
  const anchorStore = createAnchorStore(workspace)
  const anchor = createAnchorService({
    ...common,
    store: anchorStore,
    checkpoints: followed,
    placeOf: placeOf({ clock, directory: join(folder, 'anchors'), checkpoints: followed }),
  })
  const evidence = {
    ...auditing,
    subjects: audit.subjects,
    checkpoints,
    nodes: storedNodes(workspace),
    version,
    anchors: () => tokenFiles(anchorStore),
    deviceKeys,
  }
  const handlers: DeliveryHandlers = {
    ...forwardHandlers(forward),
    ...anchorHandlers(anchor),
    ...exportHandlers({
      clock,
      entries,
      count: (filter) => auditing.search.count(filter),
      latestCheckpoint: async () => (await checkpoints.list(1))[0] ?? null,
      sign: noteSigner(parts),
      evidenceFiles: (filter) => evidenceFiles(evidence, filter),
      renderPdf: parts.renderPdf,
    }),
  }
  return {
    handlers,
    /** Asks every anchor whether the log is still what it remembers. */
    verifyAnchors: anchor.verify,
    start: async () => {
      await forward.start()
      await anchor.start()
    },
    reread: async () => {
      await forward.reread()
      await anchor.reread()
    },
    stop: async () => {
      await forward.stop()
      await anchor.stop()
    },
  }
}
