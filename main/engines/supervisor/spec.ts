import { z } from 'zod'

/** How a supervised process is asked whether it can serve. Without a path, an open port is enough. */
const healthCheck = z.object({
  path: z.string().startsWith('/').nullable(),
  intervalMs: z.number().int().min(100),
  timeoutMs: z.number().int().min(50),
  /** Good answers in a row until it is ready, failed ones until it is unhealthy. */
  healthyAfter: z.number().int().min(1),
  unhealthyAfter: z.number().int().min(1),
  /** How long after its start it may take to become ready. */
  startWithinMs: z.number().int().min(500),
})

/** What to run, and how. Plain JSON: it crosses a socket, and is kept so that a new supervisor can go on. */
export const processSpec = z.object({
  /** Names the process; asking for the same key twice runs it once. */
  key: z.string().min(1).max(300),
  command: z.array(z.string().min(1)).min(1),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
  /** Added to `env`, held in memory only and never written. */
  secretEnv: z.record(z.string(), z.string()),
  health: healthCheck,
  restart: z.enum(['always', 'on failure', 'never']),
  /** How long a process may take after SIGTERM until it is killed. */
  stopGraceMs: z.number().int().min(0),
  limits: z.object({
    memoryBytes: z.number().int().positive().nullable(),
    cpuPercent: z.number().positive().nullable(),
  }),
})
export type ProcessSpec = z.infer<typeof processSpec>

/**
 * `starting` until it answers its health check; `ready`; `unhealthy` when it stopped answering; `waiting` to be started
 * again; `flapping` when it ended too often and is left alone; `stopping`; `stopped` as asked; `failed` when it could not
 * be started or ended and is not started again.
 */
export type ProcessPhase =
  | 'starting'
  | 'ready'
  | 'unhealthy'
  | 'waiting'
  | 'flapping'
  | 'stopping'
  | 'stopped'
  | 'failed'

export type LastEnd = { readonly code: number | null; readonly signal: string | null; readonly lastLine: string }

export type ProcessState = {
  readonly key: string
  readonly phase: ProcessPhase
  /** When the phase began. */
  readonly since: string
  /** Why it is not ready, as a sentence; null when there is nothing to say. */
  readonly reason: string | null
  readonly pid: number | null
  /** On loopback. */
  readonly port: number
  readonly startedAt: string | null
  readonly restarts: number
  /** How its life before this one ended without being asked to, with its last line; null where none did, or none is known. */
  readonly lastEnd: LastEnd | null
  /** What became of the limits: enforced by whom, or why not. */
  readonly limits: string
}
