import { connectionTables } from '#main/fleet/connections/store.ts'
import { auditTables } from '#main/kernel/audit/log.ts'
import { jobTables } from '#main/kernel/jobs/journal.ts'
import { settingTables } from '#main/kernel/settings/settings.ts'
import type { Migration } from '#main/kernel/store/migrate.ts'
import { vaultTables } from '#main/kernel/vault/vault.ts'
import { viewTables } from '#main/lifecycle/operations/store.ts'
import { alertTables } from '#main/observability/alerts/store.ts'
import { silenceTables } from '#main/observability/silences/store.ts'
import { accessTables } from '#main/security/access/store.ts'

/** The history of the workspace schema, in order. A released step never changes; a correction is a new step. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-foundation',
    statements: [
      ...settingTables,
      ...jobTables,
      ...auditTables,
      ...vaultTables,
      ...connectionTables,
      ...alertTables,
      ...silenceTables,
      ...viewTables,
    ],
  },
  { name: '0002-access', statements: [...accessTables] },
]
