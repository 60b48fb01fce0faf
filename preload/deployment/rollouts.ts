import { z } from 'zod'
import { command, defineContract, id, instant, nothing, query, stream } from '../contract/define.ts'
import { environmentName } from '../fleet/connections.ts'
import { analysisInput, analysisRun } from './analysis.ts'
import { lastMeasured, versionMeasurement } from './measurement.ts'
import { versionConfiguration } from './running-configuration.ts'

export const serviceName = z
  .string()
  .trim()
  .min(1, 'Name the service.')
  .max(40)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'Use lower-case letters, digits and dashes.')

export const versionName = z
  .string()
  .trim()
  .min(1, 'Give the version.')
  .max(60)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+_-]*$/, 'A version has letters, digits, dots, dashes, plus and underscores.')

const healthPath = z.string().trim().startsWith('/', 'A path begins with a slash.').max(500)

/** A program that listens on the port its environment variable PORT names, whatever its version. */
export const serviceInput = z.object({
  name: serviceName,
  description: z.string().trim().max(500),
  /** The program and its arguments, run in the folder of a release. */
  command: z.array(z.string().min(1).max(4_000)).min(1, 'Say what to run.').max(100),
  /** Answers 2xx or 3xx when an instance can serve; null asks only whether its port is open. */
  healthPath: healthPath.nullable(),
  /** Instances in each environment. */
  replicas: z.number().int().min(1).max(50),
  /** How long an instance may take to end after SIGTERM. */
  stopGraceSeconds: z.number().int().min(0).max(600),
  memoryMegabytes: z.number().int().min(16).max(1_048_576).nullable(),
  cpuPercent: z.number().int().min(1).max(6_400).nullable(),
})
export type ServiceInput = z.infer<typeof serviceInput>

/** A service as it runs in one environment. */
export const placement = z.object({
  environment: environmentName,
  version: z.string().nullable(),
  /** The version that a rollback would bring back. */
  previous: z.string().nullable(),
  port: z.number().int(),
  /** Where the gateway serves it. */
  address: z.string(),
})
export type Placement = z.infer<typeof placement>

export const service = serviceInput.extend({
  id,
  placements: z.array(placement),
  revision: z.number().int(),
  createdAt: instant,
  updatedAt: instant,
})
export type Service = z.infer<typeof service>

export const release = z.object({
  id,
  service: serviceName,
  version: versionName,
  /** SHA-256 over the paths, modes and contents of its files. */
  digest: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  notes: z.string(),
  addedBy: z.string(),
  createdAt: instant,
  /** Set on a version that nothing rolls out any more. */
  excluded: z.object({ reason: z.string(), by: z.string(), at: instant }).nullable(),
})
export type Release = z.infer<typeof release>

const pause = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('time'),
    seconds: z
      .number()
      .int()
      .min(0)
      .max(7 * 86_400),
  }),
  /** Waits until somebody lets it go on. */
  z.object({ kind: z.literal('person') }),
])

export const canaryStep = z.object({
  /** Percent of the requests that the new version gets. */
  weight: z.number().int().min(0).max(100),
  pause,
  /** Whether the analysis decides at this step. */
  analyse: z.boolean(),
})
export type CanaryStep = z.infer<typeof canaryStep>

export const sticky = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  /** Requests with the same value stay with the same version. */
  z.object({ kind: z.literal('cookie'), name: z.string().regex(/^[A-Za-z0-9_-]{1,60}$/) }),
  z.object({ kind: z.literal('header'), name: z.string().regex(/^[A-Za-z0-9-]{1,60}$/) }),
])

export type Sticky = z.infer<typeof sticky>

export const strategy = z.discriminatedUnion('kind', [
  /** Instances are replaced some at a time. */
  z.object({
    kind: z.literal('rolling'),
    maxSurge: z.number().int().min(0).max(50),
    maxUnavailable: z.number().int().min(0).max(50),
  }),
  /** A whole second set is verified, then gets all requests at once; the first stays warm for a while. */
  z.object({
    kind: z.literal('blue-green'),
    analyse: z.boolean(),
    /** Whether somebody has to let it switch. */
    approve: z.boolean(),
    keepWarmSeconds: z
      .number()
      .int()
      .min(0)
      .max(7 * 86_400),
  }),
  /** The new version gets a growing share of the requests. */
  z.object({
    kind: z.literal('canary'),
    steps: z.array(canaryStep).min(1).max(20),
    sticky,
    /** Percent of requests that are sent to the new version as a copy, its answers thrown away, before the first step. */
    mirrorPercent: z.number().int().min(0).max(100),
    /** Requests with this header always get the new version. */
    header: z.object({ name: z.string().regex(/^[A-Za-z0-9-]{1,60}$/), value: z.string().max(200) }).nullable(),
  }),
  /** The old set ends before the new one begins; requests fail meanwhile. */
  z.object({ kind: z.literal('recreate') }),
  /** A whole new set takes over at once and the old one ends. */
  z.object({ kind: z.literal('immutable') }),
])
export type Strategy = z.infer<typeof strategy>

export const rolloutInput = z.object({
  environment: environmentName,
  service: serviceName,
  version: versionName,
  strategy,
  analysis: analysisInput,
})
export type RolloutInput = z.infer<typeof rolloutInput>

/** With what a version begins to run: its files, each value and setting, and of each secret what tells which it is. */
const beginning = z.record(z.string(), z.string())
export type Beginning = z.infer<typeof beginning>

/** With what its plan says, nothing else is begun. An approval has to say it. */
const startInput = rolloutInput.extend({ begins: beginning.optional() })
export type StartInput = z.infer<typeof startInput>

export const rolloutState = z.enum([
  'running',
  /** Until somebody lets it go on. */
  'paused',
  'rolling-back',
  'succeeded',
  'rolled-back',
  'failed',
  'cancelled',
])
export type RolloutState = z.infer<typeof rolloutState>

/** What happened and why, in the order it happened. */
export const rolloutEvent = z.object({
  at: instant,
  kind: z.enum([
    ...([
      'started',
      'instances',
      'traffic',
      'pause',
      'decision',
      'resumed',
      'rollback',
      'finished',
      'problem',
    ] as const),
    /** With what configuration a version begins to run, or comes back. */
    ...(['configuration'] as const),
    /** What was written to Git, and what could not be. */
    ...(['git', 'git-problem'] as const),
    /** The end of what the new version wrote, kept when it went back. */
    ...(['output'] as const),
  ]),
  text: z.string(),
  /** Who, when a person did it. */
  by: z.string().nullable(),
})
export type RolloutEvent = z.infer<typeof rolloutEvent>

export const rollout = z.object({
  id,
  environment: z.string(),
  service: z.string(),
  fromVersion: z.string().nullable(),
  toVersion: z.string(),
  strategy,
  state: rolloutState,
  /** What it does now or did last, as a sentence. */
  phase: z.string(),
  /** Index of the canary step it is at; null before the first and for other strategies. */
  step: z.number().int().nullable(),
  /** Percent of the requests that the new version gets. */
  weight: z.number().int(),
  /** Whether it brings an earlier version back. */
  isRollback: z.boolean(),
  startedBy: z.string(),
  startedAt: instant,
  endedAt: instant.nullable(),
  jobId: id.nullable(),
})
export type Rollout = z.infer<typeof rollout>

/** Of the rollouts that ended, only so many are listed unless asked otherwise. */
export const endedRolloutsListed = 200

export const listedRollout = rollout.extend({
  /** Why it goes or went back; null where it did not. */
  wentBack: z.string().nullable(),
})
export type ListedRollout = z.infer<typeof listedRollout>

export const rolloutDetail = rollout.extend({
  analysis: analysisInput,
  events: z.array(rolloutEvent),
  /** Each look at the metrics, with what was measured and what followed. */
  analysisRuns: z.array(analysisRun),
  /** Null for one that has not ended, or ended before this was kept. */
  lastMeasured: lastMeasured.nullable(),
  /** The ids of those whose approval it is carried out by. */
  approvals: z.array(z.string()),
})
export type RolloutDetail = z.infer<typeof rolloutDetail>

/** What a rollout would do, before it does anything. */
export const plan = z.object({
  changes: z.array(z.object({ what: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  /** To be handed to `start`; null where nothing could begin. */
  begins: beginning.nullable(),
  steps: z.array(z.string()),
  risk: z.object({ level: z.enum(['low', 'medium', 'high']), reasons: z.array(z.string()) }),
  /** Who feels it when it goes wrong. */
  blastRadius: z.object({
    /** Requests a second over the last five minutes; null when none were measured. */
    requestsPerSecond: z.number().nullable(),
    instances: z.number().int(),
    /** The largest share of requests that get the new version before it is judged for the last time. */
    unjudgedPercent: z.number().int(),
  }),
  /** That Git says something else than this version; null when it does not, or says nothing. */
  drift: z.string().nullable(),
  /** Why it cannot be started now; empty when it can. */
  blocked: z.array(z.string()),
})
export type Plan = z.infer<typeof plan>

const byId = z.object({ id })

export const rollouts = defineContract({
  area: 'deployment',
  capability: 'rollouts',
  summary: 'Bring versions of services into environments, step by step, judged by what is measured, and back.',
  operations: {
    services: query({ summary: 'All services and where they run.', input: nothing, output: z.array(service) }),
    releases: query({
      summary: 'The versions of a service, newest first.',
      input: z.object({ service: serviceName }),
      output: z.array(release),
    }),
    configurations: query({
      summary: 'With what configuration the versions of a service run, or would come back, in each environment.',
      input: z.object({ service: serviceName }),
      output: z.array(versionConfiguration.extend({ environment: environmentName })),
    }),
    plan: query({
      summary: 'What a rollout would change, its risk, and whether it can be started.',
      input: rolloutInput,
      output: plan,
    }),
    list: query({
      summary: 'Rollouts, newest first.',
      input: z.object({
        environment: environmentName.optional(),
        service: serviceName.optional(),
        limit: z.number().int().min(1).max(1_000).default(endedRolloutsListed),
      }),
      output: z.array(listedRollout),
    }),
    get: query({ summary: 'One rollout and why it decided what it decided.', input: byId, output: rolloutDetail }),
    measurements: query({
      summary: 'The versions of a service side by side, as the gateway measures them.',
      input: z.object({
        environment: environmentName,
        service: serviceName,
        minutes: z.number().int().min(1).max(15).default(5),
      }),
      output: z.array(versionMeasurement),
    }),
    saveService: command({
      summary: 'Add a service, or change what is run of it from the next rollout on.',
      input: serviceInput.extend({ revision: z.number().int().nullable() }),
      output: service,
      access: ['sensitive'],
    }),
    removeService: command({
      summary: 'Forget a service that runs nowhere, and its releases.',
      input: z.object({ name: serviceName }),
      output: z.object({ removed: z.boolean() }),
    }),
    addRelease: command({
      summary: 'Keep a folder of this machine as a version of a service.',
      input: z.object({
        service: serviceName,
        version: versionName,
        folder: z.string().trim().min(1, 'Give the folder.').max(4_000),
        notes: z.string().trim().max(4_000),
      }),
      output: release,
      access: ['sensitive'],
    }),
    repeatRelease: command({
      summary: 'Add the files of a version as a further one, to be rolled out with the configuration as it is now.',
      input: z.object({ service: serviceName, version: versionName }),
      output: release,
    }),
    exclude: command({
      summary: 'Let a version not be rolled out any more; without a reason, let it be again.',
      input: z.object({
        service: serviceName,
        version: versionName,
        reason: z.string().trim().min(1).max(300).nullable(),
      }),
      output: release,
    }),
    start: command({ summary: 'Roll a version out.', input: startInput, output: rollout }),
    resume: command({ summary: 'Let a paused rollout go on.', input: byId, output: rollout }),
    abort: command({
      summary: 'Stop a rollout and bring the earlier version back.',
      input: byId.extend({ reason: z.string().trim().max(300) }),
      output: rollout,
    }),
    rollBack: command({
      summary: 'Bring the version that ran before back at once, from what was kept of it.',
      input: z.object({ environment: environmentName, service: serviceName, reason: z.string().trim().max(300) }),
      output: rollout,
    }),
    decommission: command({
      summary: 'Stop a service in an environment and serve it there no more.',
      input: z.object({ environment: environmentName, service: serviceName }),
      output: z.object({ stopped: z.number().int() }),
    }),
    output: query({
      summary: 'What the instances of a version wrote last.',
      input: z.object({ environment: environmentName, service: serviceName, version: versionName }),
      output: z.array(z.object({ instance: z.number().int(), text: z.string() })),
      audited: true,
    }),
    watch: stream({
      summary: 'Tell whenever a service, a release or a rollout changes.',
      input: nothing,
      output: z.object({ changed: z.enum(['services', 'rollouts']), id: id.nullable() }),
    }),
  },
})
