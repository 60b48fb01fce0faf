import { z } from 'zod'
import { command, defineContract, instant, nothing, query } from '../contract/define.ts'
import { alertRow } from './alerts.ts'
import { matcher } from './matchers.ts'

/** `local` holds silences for sources that have none of their own: embedded rules and Prometheus without Alertmanager. */
export const localTarget = 'local'

/** Where a silence can be made: one Alertmanager cluster, or this workspace. */
export const silenceTarget = z.object({
  id: z.string(),
  name: z.string(),
  environment: z.string().nullable(),
  kind: z.enum(['alertmanager', 'local']),
  /** Why nothing can be silenced there now; null when it can. */
  unavailable: z.string().nullable(),
})
export type SilenceTarget = z.infer<typeof silenceTarget>

export const silenceState = z.enum(['active', 'pending', 'expired'])

export const silence = z.object({
  /** The engine's own id. */
  id: z.string(),
  target: z.string(),
  targetName: z.string(),
  environment: z.string().nullable(),
  state: silenceState,
  matchers: z.array(matcher),
  startsAt: instant,
  endsAt: instant,
  createdBy: z.string(),
  comment: z.string(),
  updatedAt: instant,
  /** Alerts in the inbox that it suppresses now. */
  suppressed: z.number().int(),
})
export type Silence = z.infer<typeof silence>

const matchers = z
  .array(matcher)
  .min(1, 'A silence needs at least one matcher.')
  .refine((all) => all.some((m) => !matchesEmpty(m)), {
    message: 'At least one matcher must not match the empty value, or the silence would cover everything.',
  })

function matchesEmpty(m: z.infer<typeof matcher>): boolean {
  if (!m.isRegex) return (m.value === '') === m.isEqual
  return false // main compiles the expression with RE2 and refuses one that matches the empty value
}

const silenceInput = z.object({
  target: z.string().min(1),
  matchers,
  startsAt: instant,
  endsAt: instant,
  comment: z.string().trim().min(1, 'Say why, for whoever finds this silence at night.').max(10_000),
})
export type SilenceInput = z.input<typeof silenceInput>

const reference = z.object({ target: z.string(), id: z.string() })

export const silences = defineContract({
  area: 'observability',
  capability: 'silences',
  summary: 'Silences in every Alertmanager and in this workspace.',
  operations: {
    list: query({
      summary: 'All silences with what each suppresses now; with how fresh each target is.',
      input: z.object({ states: z.array(silenceState).default(['active', 'pending']) }),
      output: z.object({
        silences: z.array(silence),
        unavailable: z.array(
          z.object({ target: z.string(), name: z.string(), reason: z.string(), asOf: instant.nullable() }),
        ),
      }),
    }),
    targets: query({ summary: 'Where a silence can be made.', input: nothing, output: z.array(silenceTarget) }),
    preview: query({
      summary: 'The alerts that a silence with these matchers would cover now.',
      input: z.object({ target: z.string(), matchers: z.array(matcher) }),
      output: z.object({ count: z.number().int(), alerts: z.array(alertRow) }),
    }),
    create: command({
      summary: 'Silence the alerts that match.',
      input: silenceInput,
      output: reference,
    }),
    edit: command({
      summary: 'Change a silence. An Alertmanager may answer with a new id.',
      input: silenceInput.extend({ id: z.string() }),
      output: reference,
    }),
    extend: command({
      summary: 'Move the end of silences.',
      input: z.object({ silences: z.array(reference).min(1).max(1_000), endsAt: instant }),
      output: z.object({ silences: z.array(reference) }),
    }),
    expire: command({
      summary: 'End silences now.',
      input: z.object({ silences: z.array(reference).min(1).max(1_000) }),
      output: z.object({ expired: z.number().int() }),
    }),
  },
})
