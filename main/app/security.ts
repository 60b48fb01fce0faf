import { join } from 'node:path'
import type { Caller, OpenSession } from '#main/kernel/access/caller.ts'
import type { Resource, Verdict } from '#main/kernel/access/policy.ts'
import { createCheckpoints } from '#main/kernel/audit/checkpoint.ts'
import type { WorkspaceLog } from '#main/kernel/audit/log.ts'
import { openWitness, witnessName } from '#main/kernel/audit/witness.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { inEnvironment, type Service, serve } from '#main/kernel/service.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import type { WorkspacePlace } from '#main/kernel/store/place.ts'
import type { OpenWorkspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { accessHandlers } from '#main/security/access/handlers.ts'
import { accessResources } from '#main/security/access/resources.ts'
import { type Access, createAccess } from '#main/security/access/service.ts'
import { createAudit } from '#main/security/audit/capability.ts'
import type { GovernanceChange } from '#main/security/governance/handlers.ts'
import { contracts } from '#preload/app/contracts.ts'
import { createDelivery } from './audit-delivery.ts'
import type { DataFolder } from './data-folder.ts'
import { carriedOut, createDirectory } from './directory.ts'
import { openGovernance } from './governance.ts'
import { createEngines } from './identity-engines.ts'
import { createLeading } from './leading.ts'
import { openLoopback } from './loopback.ts'
import type { Places } from './places.ts'
import { renderPdfAside } from './render-pdf.ts'
import type { Router } from './router.ts'

type Parts = {
  readonly opened: OpenWorkspace
  readonly settings: Settings
  readonly vault: Vault
  readonly audit: WorkspaceLog
  readonly clock: Clock
  readonly log: Log
  readonly folder: DataFolder
  readonly places: Places
  readonly userName: string
  /** The one door, once it stands. */
  readonly router: () => Router
  readonly environments: () => Promise<readonly string[]>
  /** The same as last read. */
  readonly environmentsNow: () => readonly string[]
  /** Something that everybody should know of now. */
  readonly notice: (text: string) => void
  readonly onVault: () => Promise<void>
  readonly onAudit: () => void
  readonly appends: (signal: AbortSignal) => AsyncIterable<{ sequence: number }>
  readonly onGovernance: (change: GovernanceChange) => void
  readonly governanceChanges: (signal: AbortSignal) => AsyncIterable<GovernanceChange>
}

/** Ties together who is here, what they may do, and the proof of what was done. */
export async function openSecurity(parts: Parts) {
  const { opened, settings, vault, audit, clock, log, folder, places, userName, router, environments } = parts
  const { workspace } = opened
  const onError = (error: unknown): void => log.error('audit log not kept up', { error })

  const witnessOf = (place: WorkspacePlace) => openWitness(join(folder.checkpoints, witnessName(place)))
  const signed = new Set<() => void>()
  const appended = new Set<() => void>()
  const onAppended = (): void => {
    for (const listener of appended) listener()
  }
  audit.onAppend(onAppended)
  const checkpoints = createCheckpoints({
    workspace,
    vault,
    clock,
    witness: witnessOf(opened.place),
    onSigned: () => {
      for (const listener of signed) listener()
    },
    onError,
  })
  const auditing = createAudit({
    workspace,
    log: audit,
    checkpoints,
    settings,
    clock,
    anchors: (signal) => delivery.verifyAnchors(signal),
    forget: (identity) => access.forget(identity),
    onChange: parts.onAudit,
    onError,
  })
  const leads = createLeading(opened, settings, clock)
  let leaving = false
  const delivery = createDelivery({
    workspace,
    vault,
    clock,
    log,
    audit,
    checkpoints,
    auditing,
    onAppend: (listener) => {
      appended.add(listener)
      return () => appended.delete(listener)
    },
    onSigned: (listener) => {
      signed.add(listener)
      return () => signed.delete(listener)
    },
    leads: async () => !leaving && leads(),
    deviceKeys: async () => access.devices.list(null),
    renderPdf: renderPdfAside(places.pdfWorker),
    folder: folder.path,
    version: places.version,
  })
  await checkpoints.sign().catch(onError)

  const appendedElsewhere = (): void => {
    auditing.catchUp()
    onAppended()
  }

  const policiesChanged = new Set<() => void>()
  /** What somebody may do has changed: their streams are judged again, and their screens ask again. */
  const judgedAnew = (): void => {
    for (const listener of policiesChanged) listener()
    access.changes.tell('policies')
  }
  const governance = await openGovernance({
    workspace,
    vault,
    clock,
    log,
    resources: places.resources,
    directory: createDirectory({ workspace, access: () => access, auditing, checkpoints }),
    stepUpSeconds: () => access.settings().stepUpMinutes * 60,
    environments,
    router,
    carriedOut: carriedOut(auditing),
    onChange: (change) => {
      parts.onGovernance(change)
      if (change.changed !== 'approvals') judgedAnew()
    },
    changes: parts.governanceChanges,
  })
  const access: Access = await createAccess({
    workspace,
    vault,
    clock,
    log,
    engines: createEngines(clock),
    user: userName,
    openLoopback,
    auditSequence: (correlationId) => auditing.search.sequenceOf(correlationId),
  })

  /** A session changes for whoever listens when its caller does, and when the policies do. */
  const openSession: OpenSession = (wayIn) => {
    const session = access.openSession(wayIn)
    return {
      ...session,
      onChange(listener) {
        const stop = session.onChange(listener)
        policiesChanged.add(listener)
        return () => {
          stop()
          policiesChanged.delete(listener)
        }
      },
    }
  }

  /** Asked about no environment: what is allowed somewhere may be tried. */
  const judge = (caller: Caller, name: string, environment: string | null): Verdict | null => {
    const found = router().operations.get(name)
    if (!found) return null
    const ask = (resources: readonly Resource[]): Verdict =>
      governance.policy.judge({ caller, action: found.action, resources, grant: null })
    if (environment !== null) return ask([inEnvironment(environment)])
    const anywhere = ask([])
    if (anywhere.allowed) return anywhere
    return (
      parts
        .environmentsNow()
        .map((known) => ask([inEnvironment(known)]))
        .find(({ allowed }) => allowed) ?? anywhere
    )
  }
  const services: readonly Service[] = [
    serve(contracts.audit, auditing.handlers(parts.appends, delivery.handlers)),
    serve(
      contracts.access,
      accessHandlers({ access, vault, judge, onVault: parts.onVault, notice: parts.notice }),
      accessResources,
    ),
    governance.service,
  ]

  return {
    access,
    services,
    openSession,
    /** For the one door: its verdicts are recorded. */
    policy: governance.doorPolicy,
    /** For whoever asks beforehand. */
    foresight: governance.policy,
    pruneAudit: auditing.retention.prune,
    /** The vault was opened: what waits for its signature is signed. */
    signSoon: checkpoints.schedule,
    /**
     * While the workspace moves, and after, the log here is signed, anchored and forwarded no more: it goes on over
     * there, and two logs that both claim to be the one are a fork.
     */
    leaving: {
      begin: async (): Promise<void> => {
        leaving = true
        await checkpoints.hold()
      },
      cancel: (): void => {
        checkpoints.release()
        leaving = false
      },
      arrive: (place: WorkspacePlace): void => witnessOf(place).succeed(checkpoints.witness.read()),
    },
    /** Another process wrote to the log: it is indexed, signed and forwarded by whoever can. */
    appendedElsewhere,
    /** Another process changed something. */
    reread: {
      access: access.reload,
      audit: async (): Promise<void> => {
        appendedElsewhere()
        await delivery.reread()
      },
      governance: async (): Promise<void> => {
        await governance.load()
        for (const changed of ['policies', 'approvals', 'exceptions'] as const) parts.onGovernance({ changed })
        judgedAnew()
      },
    },
    /** @returns false when the policies of the workspace cannot be read: then only administrators act. */
    async start(): Promise<boolean> {
      const readable = await governance.load()
      await delivery.start()
      return readable
    },
    async close(): Promise<void> {
      await access.close()
      await governance.close()
      await delivery.stop()
      await auditing.close()
    },
  }
}
