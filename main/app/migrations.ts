import { environmentTables } from '#main/deployment/environments/store.ts'
import { gitSourceTables } from '#main/deployment/rollouts/git/store.ts'
import { recordedConfigurationTables, rolloutTables } from '#main/deployment/rollouts/tables.ts'
import { connectionTables } from '#main/fleet/connections/store.ts'
import { gatewayCertificateTables } from '#main/integration/gateway/certificate-store.ts'
import { gatewayFileTables } from '#main/integration/gateway/store.ts'
import { auditFoundationTables, auditMerkleTables } from '#main/kernel/audit/tables.ts'
import { durableJobTables, jobLeaseColumns, jobTables } from '#main/kernel/jobs/journal.ts'
import { settingTables } from '#main/kernel/settings/settings.ts'
import type { Migration } from '#main/kernel/store/migrate.ts'
import { vaultTables } from '#main/kernel/vault/vault.ts'
import { viewTables } from '#main/lifecycle/operations/store.ts'
import { alertTables } from '#main/observability/alerts/store.ts'
import { silenceTables } from '#main/observability/silences/store.ts'
import { accessTables } from '#main/security/access/store.ts'
import { anchorTables } from '#main/security/audit/anchor/store.ts'
import { forwarderTables } from '#main/security/audit/forward/store.ts'
import { auditSearchTables } from '#main/security/audit/search-tables.ts'
import { approvalTables } from '#main/security/governance/approvals/store.ts'
import { decisionTables } from '#main/security/governance/decisions/store.ts'
import { exceptionTables } from '#main/security/governance/exceptions/store.ts'
import { policyTables } from '#main/security/governance/policies/store.ts'

/** The history of the workspace schema, in order. A released step never changes; a correction is a new step. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-foundation',
    statements: [
      ...settingTables,
      ...jobTables,
      ...auditFoundationTables,
      ...vaultTables,
      ...connectionTables,
      ...alertTables,
      ...silenceTables,
      ...viewTables,
    ],
  },
  { name: '0002-job-leases', statements: [...jobLeaseColumns] },
  {
    name: '0003-audit-merkle',
    statements: [...auditMerkleTables, ...auditSearchTables],
  },
  { name: '0004-access', statements: [...accessTables] },
  {
    name: '0005-governance',
    statements: [...policyTables, ...decisionTables, ...exceptionTables, ...approvalTables],
  },
  { name: '0006-audit-delivery', statements: [...forwarderTables, ...anchorTables] },
  { name: '0007-durable-jobs', statements: [...durableJobTables] },
  { name: '0008-environments', statements: [...environmentTables] },
  { name: '0009-rollouts', statements: [...rolloutTables] },
  { name: '0010-gateway', statements: [...gatewayFileTables] },
  { name: '0011-gateway-certificates', statements: [...gatewayCertificateTables] },
  { name: '0012-git-sources', statements: [...gitSourceTables] },
  { name: '0013-recorded-configurations', statements: [...recordedConfigurationTables] },
]
