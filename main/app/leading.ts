import { z } from 'zod'
import type { Clock } from '#main/kernel/clock.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import { databaseTime } from '#main/kernel/store/portable.ts'
import type { OpenWorkspace } from '#main/kernel/store/workspace.ts'

const leaseMs = 60_000
const lease = z.object({ instance: z.string().default(''), until: z.string().default('') })

/**
 * Whether this process is the one of a team workspace that does what only one may do, such as forwarding the audit log.
 * It stays so while it asks again within a minute; then another takes over.
 */
export function createLeading(
  opened: Pick<OpenWorkspace, 'dialect' | 'workspace' | 'instance'>,
  settings: Settings,
  clock: Clock,
): () => Promise<boolean> {
  const { dialect, workspace, instance } = opened
  if (dialect === 'sqlite') return async () => true // nobody else has it open
  return async () => {
    const now = await databaseTime(workspace, clock)
    const until = new Date(Date.parse(now) + leaseMs).toISOString()
    const { after } = await settings.update('leading process', lease, (before) =>
      before.instance === instance || before.until < now ? { instance, until } : before,
    )
    return after.instance === instance
  }
}
