import { z } from 'zod'

const name = z.string().min(1).max(253)

/** An API as an OpenAPI 3 document describes it. */
export const definition = z.strictObject({
  name,
  /** What stands before every path of the document. */
  basePath: z
    .string()
    .max(1_024)
    .regex(/^(\/.*[^/])?$/, 'A base path begins with / and does not end with it.')
    .default(''),
  /** As JSON: it is passed on more often than it is read. */
  document: z.string().max(1_000_000),
})

export const portal = z.strictObject({
  definition: name,
  /** Where its page is; everything that belongs to it is below. */
  path: z
    .string()
    .max(256)
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, 'Expected a path such as /docs.'),
  /** How consumers say who they are; empty: as the document says. */
  credentials: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('apiKey'), header: z.string().max(256) }),
        z.strictObject({ kind: z.enum(['basic', 'jwt', 'mtls', 'nobody']) }),
      ]),
    )
    .max(32)
    .default([]),
})
export type PortalConfig = z.output<typeof portal>
