import { z } from 'zod'
import { id, instant } from '../contract/define.ts'

const fields = {
  kind: z.enum(['policy', 'finding']),
  /** The policy's id, or the finding's. */
  subject: z.string().trim().min(1).max(300),
  owner: z.string().trim().min(1, 'Name who answers for it.').max(200),
  reason: z.string().trim().min(1, 'Say why.').max(1_000),
  ticket: z.string().trim().min(1, 'Give the ticket.').max(200),
  /** Where it holds; what is left out is not restricted. */
  scope: z.object({
    identity: z.string().optional(),
    operation: z.string().optional(),
    environment: z.string().optional(),
  }),
  expiresAt: instant,
}

export const exceptionInput = z.object(fields)
export type ExceptionInput = z.infer<typeof exceptionInput>

export const exception = z.object({
  id,
  ...fields,
  addedAt: instant,
  addedBy: z.string(),
  endedAt: instant.nullable(),
  state: z.enum(['active', 'expired', 'ended']),
})
export type Exception = z.infer<typeof exception>
