import type { Operation } from '#preload/contract/define.ts'
import type { Caller } from './caller.ts'

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string; readonly hint: string }

/**
 * May this caller run this operation? A viewer reads and watches; an admin may do everything. Policies over
 * environments and resources extend this one function; nothing else decides.
 */
export function judge(caller: Caller, name: string, operation: Operation): Verdict {
  if (operation.kind !== 'command' || caller.role === 'admin') return { allowed: true }
  return {
    allowed: false,
    reason: `The role viewer may not call ${name}.`,
    hint: 'This session is read-only. Start the application without --read-only to make changes.',
  }
}
