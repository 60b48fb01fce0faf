import { z } from 'zod'
import { command, defineContract, instant, nothing, query, secret, stream } from '../contract/define.ts'

const certificateText = z.string().max(64_000)

/** Where a team workspace is and who we are there. */
export const teamSettings = z.object({
  host: z.string().trim().min(1, 'Give the host.').max(253),
  port: z.number().int().min(1).max(65_535).default(5432),
  database: z.string().trim().min(1, 'Name the database.').max(63),
  user: z.string().trim().min(1, 'Name the user.').max(63),
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,47}$/, 'Use lower-case letters, digits and underscores.')
    .default('framework0'),
  tls: z
    .discriminatedUnion('mode', [
      z.object({
        mode: z.literal('verify-full'),
        /** The CA that issued the server's certificate; those of the system unless given. */
        ca: certificateText.optional(),
        certificate: certificateText.optional(),
        key: secret().optional(),
      }),
      /** Only for a server on this machine. */
      z.object({ mode: z.literal('off') }),
    ])
    .default({ mode: 'verify-full' }),
  /** Left out: FRAMEWORK0_WORKSPACE_PASSWORD at each start, or none. */
  password: secret().optional(),
})
export type TeamSettings = z.infer<typeof teamSettings>

const elsewhere = z.union([z.literal('local'), teamSettings])

export const workspaceStatus = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), path: z.string(), restart: z.boolean() }),
  z.object({
    kind: z.literal('team'),
    host: z.string(),
    port: z.number().int(),
    database: z.string(),
    schema: z.string(),
    user: z.string(),
    tls: z.enum(['off', 'verify-full']),
    state: z.enum(['connected', 'away']),
    since: instant,
    /** Unknown while it is away. */
    serverVersion: z.string().nullable(),
    /** The processes that have it open, this one too. */
    instances: z.array(
      z.object({ name: z.string(), address: z.string().nullable(), since: instant, own: z.boolean() }),
    ),
    /** Another workspace was chosen; it is opened at the next start. */
    restart: z.boolean(),
  }),
])
export type WorkspaceStatus = z.infer<typeof workspaceStatus>

export const workspaceStep = z.object({
  step: z.enum(['dns', 'tcp', 'tls', 'sign-in', 'version', 'permissions', 'contents']),
  status: z.enum(['running', 'ok', 'failed', 'skipped']),
  ms: z.number().optional(),
  detail: z.string().optional(),
  hint: z.string().optional(),
})
export type WorkspaceStep = z.infer<typeof workspaceStep>

export const moveProgress = z.object({
  phase: z.enum(['copying', 'verifying']),
  table: z.string(),
  rows: z.number().int(),
  done: z.number().int(),
  of: z.number().int(),
})

export const workspaceChange = z.object({
  changed: z.enum(['state', 'progress', 'place']),
  progress: moveProgress.nullable(),
})
export type WorkspaceChange = z.infer<typeof workspaceChange>

const chosen = z.object({
  /** Where it is from the next start on. */
  place: z.string(),
  /** Always: the running application keeps the workspace it has. */
  restart: z.literal(true),
})

export const workspace = defineContract({
  area: 'lifecycle',
  capability: 'workspace',
  summary: 'Where the workspace is: in a file of this machine, or on a PostgreSQL server that a team shares.',
  operations: {
    status: query({
      summary: 'Where the workspace is and whether it answers.',
      input: nothing,
      output: workspaceStatus,
    }),
    test: stream({
      summary: 'Walk name, connection, TLS, sign-in, version, permissions and contents of a server, changing nothing.',
      input: z.object({ settings: teamSettings }),
      output: workspaceStep,
    }),
    move: command({
      summary: 'Copy the workspace into an empty place, verify it there, and use it from the next start on.',
      input: z.object({
        to: elsewhere,
        /** For the vault over there, where here a keychain protects it that others do not have. */
        passphrase: secret().optional(),
      }),
      output: chosen.extend({
        tables: z.array(z.object({ table: z.string(), rows: z.number().int(), sha256: z.string() })),
        auditRoot: z.string(),
      }),
      access: ['sensitive'],
    }),
    use: command({
      summary: 'Use the workspace that is at another place already, from the next start on. Nothing is copied.',
      input: z.object({ to: elsewhere }),
      output: chosen,
      access: ['sensitive'],
    }),
    watch: stream({
      summary: 'Tell when the workspace goes away or comes back, and how a move gets on.',
      input: nothing,
      output: workspaceChange,
    }),
  },
})
