import { z } from 'zod'

/** What somebody is here. What a role may do is said by the policies, nowhere else. */
export const role = z.enum(['viewer', 'sre', 'release-manager', 'auditor', 'security-officer', 'admin'])
export type Role = z.infer<typeof role>
