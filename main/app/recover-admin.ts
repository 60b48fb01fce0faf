import { v7 as uuid } from 'uuid'
import { personalCaller } from '#main/kernel/access/caller.ts'
import type { AuditLog } from '#main/kernel/audit/log.ts'
import type { Access } from '#main/security/access/service.ts'

type Options = {
  readonly access: Access
  readonly audit: AuditLog
  readonly user: string
  readonly reason: string
}

/** The way back for who lost the last administrator. Written to the audit log before it takes effect. */
export async function recoverAdmin({ access, audit, user, reason }: Options): Promise<string> {
  const caller = personalCaller(user, 'command line', 'recovery')
  const intent = await audit.begin({
    caller,
    operation: 'access.recoverAdmin',
    input: { reason },
    correlationId: uuid(),
    environments: [],
    policies: [],
    approval: null,
  })
  const { until } = await access.recoverAdmin()
  await audit.finish(intent, { outcome: 'succeeded', changes: [{ targets: [caller.id], after: { until, reason } }] })
  return until
}
