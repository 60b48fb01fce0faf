import { z } from 'zod'
import { command, defineContract, id, instant, nothing, personal, query, secret, stream } from '../contract/define.ts'
import { environmentName } from '../fleet/connections.ts'
import { versionConfiguration } from './running-configuration.ts'
import { hostAddress, sshPort, target } from './target.ts'

const variableName = z
  .string()
  .trim()
  .max(200)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A name has letters, digits and underscores, and begins with no digit.')

/** Named values that become environment variables of every service; a later layer replaces what an earlier one says. */
export const configLayer = z.object({
  name: z.string().trim().min(1, 'Name the layer.').max(60),
  values: z.record(variableName, z.string().max(8_000)),
})
export type ConfigLayer = z.infer<typeof configLayer>

/** In characters. */
export const longestCalendar = 200_000

export const environmentInput = z.object({
  name: environmentName,
  /** A sentence or two on what it is for. */
  description: z.string().trim().max(500),
  region: z.string().trim().max(80),
  owners: z.array(personal(z.string().trim().min(1).max(120))).max(20),
  target,
  layers: z.array(configLayer).max(20),
  /** How many others have to approve a rollout, or a change of the environment itself. */
  requiredApprovals: z.number().int().min(0).max(3),
  /** An iCalendar (RFC 5545) whose events are the times in which nothing is rolled out; empty for none. */
  freezeCalendar: z.string().max(longestCalendar, 'The calendar is too long. Keep only the events that freeze.'),
  /** It and everything in it is removed then; null keeps it. */
  expiresAt: instant.nullable(),
})
export type EnvironmentInput = z.infer<typeof environmentInput>

export const freezeWindow = z.object({ summary: z.string(), from: instant, until: instant })
export type FreezeWindow = z.infer<typeof freezeWindow>

export const healthStatus = z.enum(['healthy', 'degraded', 'unhealthy', 'unknown'])
export type HealthStatus = z.infer<typeof healthStatus>

/** What runs of one service, by what its checks answered. */
export const serviceHealth = z.object({
  service: z.string(),
  version: z.string().nullable(),
  ready: z.number().int(),
  desired: z.number().int(),
  status: healthStatus,
  reasons: z.array(z.string()),
  /** Where it is served; null when the gateway does not serve it. */
  address: z.string().nullable(),
  /** What its instances are started with; null while no version is meant to run. */
  configuration: versionConfiguration.nullable(),
})
export type ServiceHealth = z.infer<typeof serviceHealth>

/** A host that services run on, as it was found last. */
const hostState = z.object({
  /** Its address and port. */
  host: z.string(),
  reachable: z.boolean(),
  /** What holds services there, or why it cannot be reached. */
  says: z.string(),
})
export type HostState = z.infer<typeof hostState>

/** The one reason why nothing is known of the health of an environment that is no fault. */
export const nothingDeployed = 'Nothing is deployed here.'

export const environment = environmentInput.extend({
  id,
  /** Its place in the order of stages. */
  position: z.number().int(),
  /** Names of the secrets it has; their values stay in the vault. */
  secrets: z.array(z.string()),
  /** Whether it has a private key for its hosts; the key stays in the vault. */
  sshKey: z.boolean(),
  lock: z.object({ reason: z.string(), by: z.string(), at: instant }).nullable(),
  /** The freeze that holds now, and the next one within a year. */
  frozen: freezeWindow.nullable(),
  nextFreeze: freezeWindow.nullable(),
  health: z.object({
    status: healthStatus,
    /** Why it is not healthy, or why nothing is known. */
    reasons: z.array(z.string()),
    checkedAt: instant.nullable(),
    services: z.array(serviceHealth),
    /** Empty where services run on this machine. */
    hosts: z.array(hostState),
  }),
  revision: z.number().int(),
  createdAt: instant,
  updatedAt: instant,
})
export type Environment = z.infer<typeof environment>

/** One thing in which two environments differ; null where one lacks it. */
export const environmentDifference = z.object({
  /** `running`: what runs has another configuration than its environment says, whatever the two say. */
  kind: z.enum(['version', 'configuration', 'running', 'secret', 'policy', 'target']),
  name: z.string(),
  left: z.string().nullable(),
  right: z.string().nullable(),
})
export type EnvironmentDifference = z.infer<typeof environmentDifference>

export const environments = defineContract({
  area: 'deployment',
  capability: 'environments',
  summary: 'The stages that releases go through, what they are configured with, and when nothing may change in them.',
  operations: {
    list: query({
      summary: 'All environments in their order, with their health.',
      input: nothing,
      output: z.array(environment),
    }),
    get: query({ summary: 'One environment.', input: z.object({ name: environmentName }), output: environment }),
    diff: query({
      summary:
        'In what two environments differ: versions, configuration, secrets, policy; and where what runs has another.',
      input: z.object({ left: environmentName, right: environmentName }),
      output: z.array(environmentDifference),
    }),
    create: command({ summary: 'Add an environment at the end.', input: environmentInput, output: environment }),
    update: command({
      summary: 'Change an environment. Its name stays.',
      input: environmentInput.extend({ revision: z.number().int() }),
      output: environment,
    }),
    move: command({
      summary: 'Put an environment at another place in the order.',
      input: z.object({ name: environmentName, position: z.number().int().min(0) }),
      output: z.array(environment),
    }),
    clone: command({
      summary: 'Add an environment with the configuration, secrets and policy of another, and none of its services.',
      input: z.object({ from: environmentName, name: environmentName, expiresAt: instant.nullable() }),
      output: environment,
    }),
    lock: command({
      summary: 'Let nothing be rolled out to an environment until it is unlocked.',
      input: z.object({ name: environmentName, reason: z.string().trim().min(1, 'Say why.').max(300) }),
      output: environment,
    }),
    unlock: command({
      summary: 'Unlock an environment.',
      input: z.object({ name: environmentName }),
      output: environment,
    }),
    setSecret: command({
      summary: 'Keep a secret for the services of an environment, which get it as an environment variable.',
      input: z.object({ name: environmentName, secret: variableName, value: secret() }),
      output: environment,
    }),
    removeSecret: command({
      summary: 'Forget a secret of an environment.',
      input: z.object({ name: environmentName, secret: variableName }),
      output: environment,
    }),
    setSshKey: command({
      summary: 'Keep the private key that opens the hosts of an environment.',
      input: z.object({
        name: environmentName,
        /** The text of an OpenSSH or PEM file. */
        privateKey: secret(),
        /** Empty where the key is not encrypted. */
        passphrase: secret(),
      }),
      output: environment,
    }),
    removeSshKey: command({
      summary: 'Forget the private key for the hosts of an environment; what runs there goes on.',
      input: z.object({ name: environmentName }),
      output: environment,
    }),
    hostKey: command({
      summary: 'Read the key that a host shows, to be compared with what `ssh-keygen -lf` says on that host.',
      input: z.object({ address: hostAddress, port: sshPort }),
      output: z.object({ fingerprint: z.string(), type: z.string() }),
    }),
    remove: command({
      summary: 'Stop everything in an environment and remove it.',
      input: z.object({
        name: environmentName,
        /** Removes it here although hosts cannot be reached: what runs on them stays, and nobody looks after it. */
        leaveHosts: z.boolean().default(false),
      }),
      output: z.object({ removed: z.boolean() }),
    }),
    watch: stream({
      summary: 'Tell whenever an environment or its health changes.',
      input: nothing,
      output: z.object({ revision: z.number().int() }),
    }),
  },
})
