import { z } from 'zod'
import { command, defineContract, id, instant, nothing, query, stream } from '../contract/define.ts'
import { errorShape } from '../contract/error.ts'

export const savedView = z.object({
  id,
  /** The screen it belongs to, such as `alerts`. */
  screen: z.string().min(1).max(40),
  name: z.string().trim().min(1, 'Name the view.').max(80),
  /** The screen's own search parameters. */
  search: z.record(z.string(), z.json()),
  updatedAt: instant,
})
export type SavedView = z.infer<typeof savedView>

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write a time as 22:00.')

const preferenceFields = {
  notifications: z.boolean(),
  /** Local times between which nothing notifies; null is never quiet. */
  quietHours: z.object({ from: clockTime, to: clockTime }).nullable(),
  /** Process names whose absence raises a built-in alert. */
  watchedProcesses: z.array(z.string().trim().min(1).max(100)).max(50),
  /** systemd units whose failure or absence raises a built-in alert. */
  watchedUnits: z.array(z.string().trim().min(1).max(200)).max(50),
}

export const preferences = z.object({
  notifications: preferenceFields.notifications.default(true),
  quietHours: preferenceFields.quietHours.default(null),
  watchedProcesses: preferenceFields.watchedProcesses.default([]),
  watchedUnits: preferenceFields.watchedUnits.default([]),
})
export type Preferences = z.infer<typeof preferences>

export const jobState = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled'])

export const job = z.object({
  id,
  kind: z.string(),
  title: z.string(),
  state: jobState,
  createdAt: instant,
  updatedAt: instant,
  /** When it runs next; null when nothing is planned. */
  dueAt: instant.nullable(),
  attempts: z.number().int(),
  error: errorShape.nullable(),
  progress: z.string().nullable(),
  steps: z.array(z.object({ key: z.string(), at: instant, outcome: z.enum(['succeeded', 'failed']) })),
})
export type Job = z.infer<typeof job>

export const applicationHealth = z.object({
  version: z.string(),
  host: z.enum(['desktop', 'server', 'command line']),
  startedAt: instant,
  dataFolder: z.string(),
  logFile: z.string(),
  /** Conditions the person should know of now, such as a database moved aside. */
  notices: z.array(z.object({ at: instant, severity: z.enum(['info', 'warning', 'critical']), text: z.string() })),
})
export type ApplicationHealth = z.infer<typeof applicationHealth>

export const operations = defineContract({
  area: 'lifecycle',
  capability: 'operations',
  summary: 'The first screen, saved views, preferences and running jobs.',
  operations: {
    health: query({
      summary: 'How this application runs and where its data lives.',
      input: nothing,
      output: applicationHealth,
    }),
    views: query({
      summary: 'Saved views of a screen.',
      input: z.object({ screen: z.string() }),
      output: z.array(savedView),
    }),
    saveView: command({
      summary: 'Save a view under a name; the same name on the same screen is replaced.',
      input: savedView.pick({ screen: true, name: true, search: true }),
      output: savedView,
    }),
    removeView: command({
      summary: 'Remove a saved view.',
      input: z.object({ id }),
      output: z.object({ removed: z.boolean() }),
    }),
    preferences: query({ summary: 'Your preferences.', input: nothing, output: preferences }),
    setPreferences: command({
      summary: 'Change your preferences.',
      input: z.object(preferenceFields).partial(),
      output: preferences,
    }),
    jobs: query({ summary: 'Running, planned and recent jobs.', input: nothing, output: z.array(job) }),
    runJob: command({
      summary: 'Run a planned job now.',
      input: z.object({ id }),
      output: z.object({ started: z.boolean() }),
    }),
    watch: stream({
      summary: 'Tell whenever views, preferences, jobs or the vault change.',
      input: nothing,
      output: z.object({ changed: z.enum(['views', 'preferences', 'jobs', 'vault', 'notices']) }),
    }),
  },
})
