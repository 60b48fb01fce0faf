import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { manualClock } from '#main/kernel/clock.ts'
import { createLog } from '#main/kernel/log/log.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import { type Keychain, openVault, vaultTables } from '#main/kernel/vault/vault.ts'
import type { AuditEntry } from '#preload/security/audit.ts'
import { entryOf } from '../export/entries.fixture.ts'
import { createForwardService, type ForwardPorts } from './service.ts'
import { createForwarderStore, forwarderTables } from './store.ts'
import { targetOf } from './target-of.ts'

/** A log in memory that grows, behind the port that the real one has. */
function growingLog() {
  const all: AuditEntry[] = []
  const listeners = new Set<() => void>()
  return {
    append(count: number, changes: Partial<AuditEntry> = {}): void {
      for (let n = 0; n < count; n++) all.push(entryOf(all.length + 1, changes))
      for (const listener of listeners) listener()
    },
    all,
    size: () => Promise.resolve(all.length),
    async *entries(_: unknown, { from = 1, batch }: { readonly from?: number; readonly batch: number }) {
      const rest = all.filter(({ sequence }) => sequence >= from)
      for (let at = 0; at < rest.length; at += batch) yield rest.slice(at, at + batch)
    },
    onAppend: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Spares each test the work of a passphrase. */
const keychain: Keychain = {
  unavailable: () => Promise.resolve(null),
  protect: (text) => Promise.resolve(text),
  reveal: (sealed) => Promise.resolve(sealed),
}

export type Bench = Awaited<ReturnType<typeof openBench>>

/** A forward service on a real workspace and vault; its waits are as long as its clock says, and over at once. */
export async function openBench(passphrase?: string) {
  const database = new Database(':memory:')
  for (const statement of [...vaultTables, ...forwarderTables]) database.exec(statement)
  const workspace: Workspace = new Kysely({ dialect: new SqliteDialect({ database }) })
  const vault = await openVault(workspace, passphrase === undefined ? keychain : null)
  if (passphrase !== undefined) await vault.create(passphrase)
  const clock = manualClock()
  const lines: string[] = []
  const log = growingLog()
  const waits: number[] = []
  const store = createForwarderStore(workspace)
  const ports: ForwardPorts = {
    store,
    vault,
    clock,
    log: createLog({ write: (line) => void lines.push(line) }),
    entries: log.entries,
    size: log.size,
    onAppend: log.onAppend,
    targetOf: targetOf({ clock, instance: 'bench', hostname: 'host-1' }),
    random: () => 0.5,
    wait: (ms, signal) => {
      if (ms === 60_000)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      waits.push(ms)
      return new Promise((resolve) =>
        setTimeout(() => {
          clock.advance(ms)
          resolve()
        }, 10),
      )
    },
  }
  return { database, vault, clock, lines, log, waits, store, ports, service: createForwardService(ports) }
}
