import { userInfo } from 'node:os'
import { walkConnection } from '#main/engines/prometheus/walk.ts'
import { connectionHandlers } from '#main/fleet/connections/handlers.ts'
import { connectionResources } from '#main/fleet/connections/resources.ts'
import { createConnectionService } from '#main/fleet/connections/service.ts'
import { createConnectionStore } from '#main/fleet/connections/store.ts'
import type { OpenSession } from '#main/kernel/access/caller.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { type Clock, iso, systemClock } from '#main/kernel/clock.ts'
import { createBus } from '#main/kernel/events/bus.ts'
import { createJobs } from '#main/kernel/jobs/jobs.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { type Keychain, openVault } from '#main/kernel/vault/vault.ts'
import { type OperationsChange, operationsHandlers, preferencesKey } from '#main/lifecycle/operations/handlers.ts'
import { createViewStore } from '#main/lifecycle/operations/store.ts'
import { workspaceHandlers } from '#main/lifecycle/workspace/handlers.ts'
import { createPointer } from '#main/lifecycle/workspace/pointer.ts'
import { createWorkspaceService } from '#main/lifecycle/workspace/service.ts'
import { alertHandlers } from '#main/observability/alerts/handlers.ts'
import { alertResources } from '#main/observability/alerts/resources.ts'
import { createAlertService } from '#main/observability/alerts/service.ts'
import { createAlertStore } from '#main/observability/alerts/store.ts'
import { metricsHandlers } from '#main/observability/metrics/handlers.ts'
import type { GovernanceChange } from '#main/security/governance/handlers.ts'
import { contracts } from '#preload/app/contracts.ts'
import type { ConnectionState } from '#preload/fleet/connections.ts'
import { type ApplicationHealth, preferences } from '#preload/lifecycle/operations.ts'
import type { WorkspaceChange } from '#preload/lifecycle/workspace.ts'
import type { InboxPulse, SourceState } from '#preload/observability/alerts.ts'
import { alertDependents, connectionState, sourceSpecs } from './alert-sources.ts'
import type { DataFolder } from './data-folder.ts'
import { openDelivery } from './delivery.ts'
import type { RolloutChange } from './deployment.ts'
import { firingAlerts } from './firing-alerts.ts'
import { defineJobs, trackPolling } from './jobs.ts'
import { migrations } from './migrations.ts'
import { createNotices } from './notices.ts'
import type { Places } from './places.ts'
import { recordMove } from './record-move.ts'
import { recoverAdmin } from './recover-admin.ts'
import { createRouter, type Router } from './router.ts'
import { openSecurity } from './security.ts'
import { auditRoot, shareChanges } from './sharing.ts'
import { createSilencing } from './silencing.ts'
import type { TelemetryEvents } from './telemetry.ts'
import { startTelemetry } from './telemetry-thread.ts'
import { keepWasmCallsUncompiled } from './wasm-calls.ts'
import { type WebAccess, webAccess } from './web-access.ts'

export type ApplicationOptions = {
  readonly folder: DataFolder
  readonly host: ApplicationHealth['host']
  readonly places: Places
  readonly log: Log
  readonly keychain: Keychain | null
  readonly clock?: Clock
  /** Who owns a workspace that demands no sign-in; the user of the operating system unless told otherwise. */
  readonly userName?: string
  readonly checkOutputs?: boolean
  /** Milliseconds between two looks at an alert source, or at Git. */
  readonly pollEveryMs?: number
}

export type Application = {
  readonly router: Router
  readonly openSession: OpenSession
  readonly onPulse: (listener: (pulse: InboxPulse) => void) => () => void
  readonly preferences: () => Promise<ReturnType<typeof preferences.parse>>
  /** Resolves when every source was looked at once; for the command line, which does not stay. */
  readonly settle: () => Promise<void>
  readonly unlock: (passphrase: string) => Promise<void>
  /** What the server host asks about signing in. */
  readonly access: WebAccess
  /** Makes who runs this machine an administrator for an hour, in the audit log. @returns until when. */
  readonly recoverAdmin: (reason: string) => Promise<string>
  readonly close: () => Promise<void>
}

type Events = TelemetryEvents & {
  readonly connections: { readonly revision: number }
  readonly operations: OperationsChange
  readonly rollouts: RolloutChange
  readonly appended: { readonly sequence: number }
  readonly workspace: WorkspaceChange
  readonly governance: GovernanceChange
}

const noInput = {} as const

/** The composition root: builds the kernel, the engines and the capabilities, and ties them together. */
export async function compose(options: ApplicationOptions): Promise<Application> {
  keepWasmCallsUncompiled()
  const { folder, log, clock = systemClock } = options
  const startedAt = iso(clock.now())
  const userName = options.userName ?? userInfo().username
  const bus = createBus<Events>((error) => log.error('event listener failed', { error }))
  const notices = createNotices({
    clock,
    onChange: () => bus.emit('operations', { changed: 'notices' }),
    onError: (error) => log.error('notices not looked at', { error }),
  })
  const notice = notices.tell

  const pointer = createPointer({ folder: folder.path, path: folder.workspace, keychain: options.keychain })
  const opened = await openWorkspace(await pointer.read(), migrations)
  const { workspace, close: closeWorkspace } = opened
  const audit = createAuditLog(workspace, clock)
  const interrupted = await audit.recover()
  if (interrupted > 0)
    notice(
      `${interrupted} actions were interrupted when the application last stopped; the audit log marks them.`,
      'info',
    )
  audit.onAppend(({ sequence }) => bus.emit('appended', { sequence }))
  const settings = createSettings(workspace, clock)
  const vault = await openVault(workspace, options.keychain)
  let workspaceIsBack = (): void => {}
  opened.onState(({ state, since }) => {
    workspaceIsBack()
    workspaceIsBack =
      state === 'away'
        ? notice('The team workspace is away: nothing can be saved until it is back.', 'critical', since)
        : notice('The team workspace is back.', 'info', since)
    bus.emit('workspace', { changed: 'state', progress: null })
  })
  const jobs = createJobs({ workspace, clock, log, onChange: () => bus.emit('operations', { changed: 'jobs' }) })

  const { remote: telemetry, stop: stopTelemetry } = startTelemetry({
    folder,
    places: options.places,
    log,
    emit: (name, payload) => bus.emit(name, payload as never),
  })
  bus.on('notice', ({ severity, text }) => notice(text, severity))
  bus.on('fault', (text) => log.error('telemetry worker', { error: text }))

  const showPolling = trackPolling(jobs)

  // --- security ----------------------------------------------------------------------------------------------------
  const security = await openSecurity({
    opened,
    settings,
    vault,
    audit,
    clock,
    log,
    folder,
    places: options.places,
    userName,
    router: () => router,
    environments: allEnvironments,
    environmentsNow: () => environmentNames,
    notice,
    onVault,
    onAudit: () => bus.emit('appended', { sequence: 0 }),
    appends: (signal) => bus.watch('appended', signal, 1),
    onGovernance: (change) => bus.emit('governance', change),
    governanceChanges: (signal) => bus.watch('governance', signal),
  })
  const { access } = security

  // --- fleet/connections -------------------------------------------------------------------------------------------
  let sources: readonly SourceState[] = []
  let environmentNames: readonly string[] = []
  const since = new Map<string, ConnectionState>()
  let connectionRevision = 0
  const announceConnections = (): void => bus.emit('connections', { revision: ++connectionRevision })
  let applied: Promise<void> = Promise.resolve()
  /** One at a time and in order, so that the worker is left with the latest settings. */
  const applySources = (): Promise<void> => {
    applied = applied.catch(() => {}).then(applyNow)
    return applied
  }
  const applyNow = async (): Promise<void> => {
    environmentNames = await allEnvironments()
    const watched = await readPreferences()
    await telemetry.watch({ processes: watched.watchedProcesses, units: watched.watchedUnits })
    await telemetry.setSources(sourceSpecs(await connectionService.opened(), options.pollEveryMs))
    announceConnections()
  }
  const readPreferences = () => settings.get(preferencesKey, preferences)
  const connectionStore = createConnectionStore(workspace)
  const connectionService = createConnectionService({
    store: connectionStore,
    vault,
    clock,
    stateOf: (connection) => connectionState(connection, sources, since, iso(clock.now())),
    dependents: async (id) => alertDependents(id, sources),
    walk: walkConnection,
    onChange: applySources,
  })
  bus.on('sources', (next) => {
    sources = next
    announceConnections()
    showPolling(next).catch((error: unknown) => log.error('job journal failed', { error }))
  })

  // --- observability/alerts ----------------------------------------------------------------------------------------
  const alertService = createAlertService({
    store: createAlertStore(workspace),
    inbox: {
      occurrences: (ids) => telemetry.occurrences(ids),
      setOverlays: (overlays) => telemetry.setOverlays(overlays),
    },
    clock,
  })
  bus.on('resolved', ({ ids }) => {
    alertService.clear(ids).catch((error: unknown) => log.error('acknowledgements not cleared', { error }))
  })

  // --- observability/silences --------------------------------------------------------------------------------------
  const silencing = createSilencing({
    workspace,
    clock,
    telemetry,
    endpoint: (id) => connectionService.endpoint(id),
    environments: allEnvironments,
    onSilenced: (ids, text, by) => alertService.silenced(ids, text, by),
  })

  // --- deployment, integration/gateway ---------------------------------------------------------------------------------
  const delivery = openDelivery({
    ...{ workspace, folder, places: options.places, vault, settings, audit, jobs, clock, log },
    alerts: firingAlerts(telemetry),
    pollEveryMs: options.pollEveryMs,
    endpoint: (id) => connectionService.endpoint(id),
    changes: (signal) => bus.watch('rollouts', signal),
    onChange: (change) => bus.emit('rollouts', change),
    onEnvironments: async () => {
      environmentNames = await allEnvironments()
    },
  })

  // --- lifecycle/operations ----------------------------------------------------------------------------------------
  defineJobs({
    jobs,
    backup: opened.backup,
    folder,
    prune: (before) => telemetry.pruneHistory(before),
    pruneMetrics: () => telemetry.pruneMetrics(noInput),
    pruneAudit: security.pruneAudit,
    clock,
  })
  const workspaceService = createWorkspaceService({
    current: opened,
    folder: folder.path,
    path: folder.workspace,
    pointer,
    migrations,
    rewrap: vault.rewrap,
    auditRoot,
    leaving: security.leaving,
    onChange: (change) => bus.emit('workspace', change),
  })
  const tellOthers = shareChanges({
    workspace: opened,
    log,
    reread: {
      connections: applySources,
      environments: delivery.environments.announce,
      alerts: () => alertService.showAll(),
      silences: silencing.showLocal,
      operations: () => {
        for (const changed of ['views', 'preferences', 'jobs'] as const) onOperationsChange({ changed })
      },
      access: async () => {
        await security.reread.access()
        await onVault()
      },
      audit: security.reread.audit,
      governance: security.reread.governance,
    },
    onAppended: (sequence) => {
      security.appendedElsewhere()
      bus.emit('appended', { sequence })
    },
  })
  audit.onAppend(tellOthers)
  const health = (): ApplicationHealth => ({
    version: options.places.version,
    host: options.host,
    startedAt,
    dataFolder: folder.path,
    logFile: folder.log,
    notices: notices.all(),
  })

  const router: Router = createRouter({
    audit,
    policy: security.policy,
    foresight: security.foresight,
    clock,
    log,
    checkOutputs: options.checkOutputs ?? false,
    services: [
      serve(
        contracts.connections,
        connectionHandlers({ service: connectionService, changes: (signal) => bus.watch('connections', signal, 1) }),
        connectionResources(connectionStore),
      ),
      serve(
        contracts.alerts,
        alertHandlers({ service: alertService, inbox: telemetry, clock, pulses }),
        alertResources,
      ),
      silencing.service,
      serve(
        contracts.metrics,
        metricsHandlers({ metrics: telemetry, readings: (signal) => bus.watch('reading', signal, 1) }),
      ),
      ...security.services,
      ...delivery.services,
      serve(
        contracts.workspace,
        workspaceHandlers({
          service: workspaceService,
          changes: (signal) => bus.watch('workspace', signal),
          recordThere: recordMove(clock),
        }),
      ),
      serve(
        contracts.operations,
        operationsHandlers({
          views: createViewStore(workspace, clock),
          settings,
          jobs,
          health,
          changes: (signal) => bus.watch('operations', signal),
          onChange: onOperationsChange,
        }),
      ),
    ],
  })

  await alertService.showAll()
  await silencing.showLocal()
  await applySources()
  // Of the file that a team workspace was once moved here from: a server is backed up otherwise, and who polls shows it.
  if (opened.dialect === 'postgres') for (const prefix of ['schedule:backup', 'poll:']) await jobs.forget(prefix)
  for (const problem of await delivery.start()) notices.tellUntilOver(problem)
  bus.on('rollouts', notices.review)
  await jobs.resume()
  if (!(await security.start()))
    notice(
      'The policies of this workspace cannot be read, so only administrators act. Put an earlier version in force.',
    )
  log.info('application started', { version: options.places.version, host: options.host, folder: folder.path })

  return {
    router,
    openSession: security.openSession,
    access: webAccess(access),
    recoverAdmin: (reason) => recoverAdmin({ access, audit, user: userName, reason }),
    onPulse: (listener) => bus.on('pulse', listener),
    preferences: readPreferences,
    settle: async () => void (await telemetry.refresh(null)),
    unlock: async (passphrase) => {
      if ((await vault.status()).state === 'none') return // nobody has chosen one yet: a workspace starts without
      await vault.unlock(passphrase)
      await onVault()
    },
    async close() {
      await jobs.close()
      delivery.close()
      await security.close()
      await stopTelemetry()
      await closeWorkspace()
      log.info('application stopped')
    },
  }

  /** The present state first, so that a watcher never waits for the next change to know where it stands. */
  async function* pulses(signal: AbortSignal): AsyncGenerator<InboxPulse> {
    const changes = bus.watch('pulse', signal, 20)
    yield await telemetry.pulse(noInput)
    yield* changes
  }

  async function allEnvironments(): Promise<readonly string[]> {
    const ofConnections = (await connectionStore.list()).map(({ environment }) => environment)
    return [...new Set(['local', ...(await delivery.environments.names()), ...ofConnections])]
  }

  async function onVault(): Promise<void> {
    bus.emit('operations', { changed: 'vault' })
    security.signSoon()
    await applySources()
    await delivery.vaultChanged()
    notices.review()
  }

  function onOperationsChange(change: OperationsChange): void {
    bus.emit('operations', change)
    if (change.changed === 'preferences')
      applySources().catch((error: unknown) => log.error('preferences not applied', { error }))
  }
}
