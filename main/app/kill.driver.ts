import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { connectionHandlers } from '#main/fleet/connections/handlers.ts'
import { createConnectionService } from '#main/fleet/connections/service.ts'
import { createConnectionStore } from '#main/fleet/connections/store.ts'
import { personalCaller } from '#main/kernel/access/caller.ts'
import { createAuditLog } from '#main/kernel/audit/log.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { createJobs } from '#main/kernel/jobs/jobs.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import { createSettings } from '#main/kernel/settings/settings.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { type Keychain, openVault } from '#main/kernel/vault/vault.ts'
import { operationsHandlers } from '#main/lifecycle/operations/handlers.ts'
import { createViewStore } from '#main/lifecycle/operations/store.ts'
import { alertHandlers } from '#main/observability/alerts/handlers.ts'
import { createAlertService } from '#main/observability/alerts/service.ts'
import { createAlertStore } from '#main/observability/alerts/store.ts'
import { createLocalSilences } from '#main/observability/silences/engines/local.ts'
import { silenceHandlers } from '#main/observability/silences/handlers.ts'
import { createSilenceService } from '#main/observability/silences/service.ts'
import { createSilenceStore } from '#main/observability/silences/store.ts'
import { contracts } from '#preload/app/contracts.ts'
import { migrations } from './migrations.ts'
import { createRouter, type Router } from './router.ts'

/**
 * The child of kill.test.ts and kill-team.test.ts: everything that writes to the workspace, without the telemetry worker. It runs commands in
 * a tight loop and prints one line for each answer, until it is killed.
 */

/** Reversible, as a keychain is for its owner; the parent opens the same vault with it. */
export const trialKeychain: Keychain = {
  unavailable: async () => null,
  protect: async (text) => Buffer.from(text).reverse().toString('hex'),
  reveal: async (sealed) => Buffer.from(sealed, 'hex').reverse().toString(),
}

export const trialPassphrase = 'correct horse battery'

/** @param place a file, or a server as JSON, whose vault was made with the passphrase above. */
async function openRouter(place: string): Promise<Router> {
  const { workspace, dialect } = await openWorkspace(place.startsWith('{') ? JSON.parse(place) : place, migrations)
  const vault = await openVault(workspace, trialKeychain)
  if (dialect === 'postgres') await vault.unlock(trialPassphrase)
  const clock = systemClock
  const audit = createAuditLog(workspace, clock)
  await audit.recover()
  const alertService = createAlertService({
    store: createAlertStore(workspace),
    inbox: { occurrences: async (ids) => ids.map((id) => ({ id, since: 1 })), setOverlays: async () => {} },
    clock,
  })
  const silenceStore = createSilenceStore(workspace)
  const nothing = async function* () {}
  return createRouter({
    audit,
    clock,
    log: silentLog,
    // What is proven here is what is written; who may write it is proven elsewhere.
    policy: { judge: () => ({ allowed: true, policies: [] }) },
    services: [
      serve(contracts.alerts, alertHandlers({ service: alertService, inbox: {} as never, clock, pulses: nothing })),
      serve(
        contracts.silences,
        silenceHandlers({
          service: createSilenceService({
            store: silenceStore,
            clock,
            engine: async () => createLocalSilences(silenceStore, clock),
            remote: async () => ({ silences: [], unavailable: [] }),
            suppressedCounts: async () => new Map(),
            covered: async () => [],
            onChange: async () => {},
            onSilenced: async () => {},
          }),
          targets: async () => [],
          preview: async () => ({ count: 0, alerts: [] }),
        }),
      ),
      serve(
        contracts.connections,
        connectionHandlers({
          service: createConnectionService({
            store: createConnectionStore(workspace),
            vault,
            clock,
            stateOf: () => ({}) as never,
            dependents: async () => [],
            walk: nothing,
            onChange: async () => {},
          }),
          changes: nothing,
        }),
      ),
      serve(
        contracts.operations,
        operationsHandlers({
          views: createViewStore(workspace, clock),
          settings: createSettings(workspace, clock),
          jobs: createJobs({ workspace, clock, log: silentLog }),
          health: () => ({}) as never,
          changes: nothing,
          onChange: () => {},
        }),
      ),
    ],
  })
}

/** The nth command of a run; its mark is in everything it writes. */
function commandOf(n: number, mark: string): readonly [op: string, input: unknown] {
  const matcher = { name: 'service', value: mark, isRegex: false, isEqual: true }
  const connection = {
    kind: 'prometheus',
    name: mark,
    url: `http://${mark}.example`,
    environment: 'trial',
    auth: { kind: 'bearer', token: `secret of ${mark}` },
    tls: {},
  }
  const commands = [
    ['alerts.acknowledge', { ids: [mark], comment: mark }],
    ['alerts.note', { ids: [mark], text: mark }],
    ['operations.saveView', { screen: 'alerts', name: mark, search: {} }],
    ['connections.create', connection],
    [
      'silences.create',
      {
        target: 'local',
        matchers: [matcher],
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: '2999-01-01T00:00:00.000Z',
        comment: mark,
      },
    ],
    ['alerts.assign', { ids: [mark], assignee: mark }],
  ] as const
  return commands[n % commands.length] ?? commands[0]
}

async function main(path: string, run: string): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  writeSync(1, 'warm\n')
  await new Promise((resolve) => lines.once('line', resolve))
  const router = await openRouter(path)
  writeSync(1, 'ready\n')
  const caller = personalCaller('ana', 'application', run)
  const { signal } = new AbortController()
  let next = 0
  const worker = async (): Promise<void> => {
    for (;;) {
      const n = next++
      const mark = `m${run}-${n}`
      const [op, input] = commandOf(n, mark)
      const answer = await router.call(caller, op, input, signal)
      writeSync(1, `${JSON.stringify(answer.ok ? { op, mark } : { op, mark, error: answer.error })}\n`)
    }
  }
  await Promise.all([worker(), worker(), worker()])
}

const [path, run] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && path && run) await main(path, run)
