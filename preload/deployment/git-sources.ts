import { z } from 'zod'
import { command, defineContract, instant, nothing, query, secret } from '../contract/define.ts'
import { environmentName } from '../fleet/connections.ts'
import { analysisInput } from './analysis.ts'
import { serviceName, strategy } from './rollouts.ts'

const line = (most: number, missing: string) =>
  z
    .string()
    .trim()
    .min(1, missing)
    .max(most)
    .refine((text) => !text.startsWith('-'), 'It must not begin with a dash.')

const served = z.object({ environment: environmentName, service: serviceName })

/** Where Git says which version of a service is to run in an environment. */
export const gitSourceInput = served.extend({
  /** https://, ssh://, git://, or the absolute path of a bare repository on this machine. */
  address: line(2_000, 'Give the address of the repository.'),
  branch: line(250, 'Name the branch.'),
  /** Of a YAML file, from the root of the repository. */
  path: line(1_000, 'Give the path of the file.'),
  /** Of the version in the file, with dots: `image.tag`. */
  key: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'Give a key such as version or image.tag.')
    .max(300),
  /** The name that the token is sent with; most servers take any. */
  user: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9._@+-]+$/, 'A name has no blanks and no colon.')
    .max(200),
  /** How a version is rolled out that Git newly says; null to only show it. */
  automatic: z.object({ strategy, analysis: analysisInput }).nullable(),
})
export type GitSourceInput = z.infer<typeof gitSourceInput>

/** What Git said when it was last asked. */
export const gitReading = z.object({
  version: z.string(),
  /** That brought the version. */
  commit: z.string(),
  subject: z.string(),
  author: z.string(),
  committedAt: instant,
})
export type GitReading = z.infer<typeof gitReading>

export const gitSource = gitSourceInput.extend({
  hasToken: z.boolean(),
  revision: z.number().int(),
  /** The last that could be read; null before the first time. */
  reading: gitReading.nullable(),
  /** When it was last asked; null before the first time. */
  readAt: instant.nullable(),
  /** Why it could not be read the last time. */
  error: z.string().nullable(),
  /** Why what Git newly says is not rolled out by itself yet. */
  held: z.string().nullable(),
  /** The version that runs. */
  runs: z.string().nullable(),
  state: z.enum(['in step', 'differs', 'not known']),
})
export type GitSource = z.infer<typeof gitSource>

export const gitSources = defineContract({
  area: 'deployment',
  capability: 'gitSources',
  summary: 'Let Git say which version of a service is to run in an environment.',
  operations: {
    list: query({ summary: 'What Git says, beside what runs.', input: nothing, output: z.array(gitSource) }),
    save: command({
      summary: 'Name where Git says the version, or another place.',
      input: gitSourceInput.extend({
        /** Left out, the stored one stays; null removes it. */
        token: secret().min(1).max(4_000).nullable().optional(),
        /** Of the source that is replaced; null for a new one. */
        revision: z.number().int().nullable(),
      }),
      output: gitSource,
      access: ['sensitive'],
    }),
    remove: command({
      summary: 'Let Git say nothing of a service in an environment any more.',
      input: served,
      output: z.object({ removed: z.boolean() }),
    }),
    read: command({ summary: 'Ask Git now.', input: served, output: gitSource }),
  },
})
