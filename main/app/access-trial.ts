import { join } from 'node:path'
import type { WayIn } from '#main/kernel/access/caller.ts'
import type { AuditLog } from '#main/kernel/audit/log.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { type Keychain, openVault } from '#main/kernel/vault/vault.ts'
import { accessHandlers } from '#main/security/access/handlers.ts'
import { newKey } from '#main/security/access/live.ts'
import { createAccess } from '#main/security/access/service.ts'
import { createClient } from '#preload/contract/caller.ts'
import type { Client } from '#preload/contract/define.ts'
import { type AccessSettings, access as contract } from '#preload/security/access.ts'
import { createEngines } from './identity-engines.ts'
import { loadPolicy } from './load-policy.ts'
import { connectLocally } from './local-caller.ts'
import { openLoopback } from './loopback.ts'
import { migrations } from './migrations.ts'
import { createRouter } from './router.ts'
import { type WebAccess, webAccess } from './web-access.ts'

type Written = { readonly operation: string; readonly outcome: string; readonly targets: readonly string[] }

/** A keychain for tests: what it protects is not what it was given. */
const reversing: Keychain = {
  unavailable: async () => null,
  protect: async (text) => [...text].reverse().join(''),
  reveal: async (text) => [...text].reverse().join(''),
}

type Options = {
  /** Of the workspace; in memory where it is left out. */
  readonly path?: string
  readonly clock?: ReturnType<typeof manualClock>
  readonly checkOutputs?: boolean
  readonly keychain?: Keychain | null
}

/** The capability behind the real door over a real store, with nothing else of the application. For tests. */
export async function startAccessTrial({
  path = ':memory:',
  clock = manualClock(Date.now()),
  checkOutputs = true,
  keychain = reversing,
}: Options = {}) {
  const { workspace, close: closeWorkspace } = await openWorkspace(path, migrations)
  const vault = await openVault(workspace, keychain)
  const access = await createAccess({
    workspace,
    vault,
    clock,
    log: silentLog,
    engines: createEngines(clock),
    user: 'ana',
    openLoopback,
    auditSequence: async () => null,
  })
  const stepUpSeconds = () => access.settings().stepUpMinutes * 60
  const policy = loadPolicy(join(import.meta.dirname, '../../resources'), { clock, stepUpSeconds })
  const written: Written[] = []
  const notices: string[] = []
  const audit: AuditLog = {
    begin: async (attempt) => ({ ...attempt, at: '' }),
    finish: async ({ operation }, { outcome, changes }) => {
      written.push({ operation, outcome, targets: changes.flatMap(({ targets }) => targets) })
      return {} as never
    },
    refuse: async ({ operation }) => {
      written.push({ operation, outcome: 'forbidden', targets: [] })
      return {} as never
    },
    recover: async () => 0,
    onAppend: () => () => {},
  }
  const router = createRouter({
    audit,
    policy,
    clock,
    log: silentLog,
    checkOutputs,
    services: [
      serve(
        contract,
        accessHandlers({
          access,
          vault,
          judge: (caller, name) => {
            const found = router.operations.get(name)
            return found ? policy.judge({ caller, action: found.action, resources: [], grant: null }) : null
          },
          onVault: async () => {},
          notice: (text) => notices.push(text),
        }),
      ),
    ],
  })
  const web: WebAccess = webAccess(access)

  /** A client of one way in. */
  const enter = (wayIn: Partial<WayIn> = {}): { api: Client<typeof contract>; key: string; close: () => void } => {
    const key = wayIn.key ?? newKey()
    const session = access.openSession({ via: 'desktop', source: null, readOnly: false, ...wayIn, key })
    const caller = connectLocally(router, session)
    return { api: createClient(contract, caller), key, close: caller.close }
  }

  return {
    access,
    web,
    router,
    vault,
    clock,
    written,
    notices,
    enter,
    /** Changes settings as whoever runs the application would. */
    async set(change: Partial<AccessSettings>): Promise<void> {
      await access.setSettings({ ...access.settings(), ...change })
    },
    async close(): Promise<void> {
      await access.close()
      await closeWorkspace()
    },
  }
}

export type AccessTrial = Awaited<ReturnType<typeof startAccessTrial>>
