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

/** `timer`, `signal`, `task` and `child` are waits; `poll` is a look for a signal that did not wait. */
export const jobEntryKind = z.enum(['step', 'timer', 'signal', 'poll', 'task', 'child'])
export type JobEntryKind = z.infer<typeof jobEntryKind>

const jobOutcome = z.enum(['started', 'succeeded', 'failed'])

/** A wait that has not ended. */
const jobWait = z.object({
  key: z.string(),
  kind: jobEntryKind,
  /** The name of the signal, the title of the task, the kind of the child job; empty for a timer. */
  what: z.string(),
  /** When it ends at the latest; null when it waits for as long as it takes. */
  until: instant.nullable(),
})

/** Of the jobs that ended, only so many are listed. */
export const endedJobsListed = 200

export const job = z.object({
  id,
  kind: z.string(),
  title: z.string(),
  state: jobState,
  /** Whether it goes forward or undoes what it did, after a failure or a cancellation. */
  undoing: z.boolean(),
  createdAt: instant,
  updatedAt: instant,
  /** When it runs next; null when nothing is planned. */
  dueAt: instant.nullable(),
  attempts: z.number().int(),
  error: errorShape.nullable(),
  progress: z.string().nullable(),
  steps: z.array(z.object({ key: z.string(), at: instant, outcome: jobOutcome })),
  waits: z.array(jobWait),
  /** The job that started it and waits for it. */
  parentId: id.nullable(),
})
export type Job = z.infer<typeof job>

/** One line of a job's timeline: an effect or a wait. */
const jobEntry = z.object({
  key: z.string(),
  kind: jobEntryKind,
  /** As of a wait. */
  what: z.string(),
  outcome: jobOutcome,
  beganAt: instant,
  endedAt: instant.nullable(),
  until: instant.nullable(),
  /** How often the effect was begun. */
  tries: z.number().int(),
  /** As redacted as what it answered; null where nothing is shown. */
  input: z.json(),
  output: z.json(),
  error: errorShape.nullable(),
  childId: id.nullable(),
  /** Its compensation; null when it has none under way or done. */
  undo: z
    .object({ outcome: jobOutcome, beganAt: instant, endedAt: instant.nullable(), error: errorShape.nullable() })
    .nullable(),
})
export type JobEntry = z.infer<typeof jobEntry>

/** A question to a person. */
const jobTask = z.object({
  key: z.string(),
  title: z.string(),
  text: z.string(),
  choices: z.array(z.object({ value: z.string(), label: z.string() })),
  until: instant.nullable(),
})
export type JobTask = z.infer<typeof jobTask>

const relatedJob = z.object({ id, title: z.string(), state: jobState })

export const jobLogLevel = z.enum(['info', 'warning', 'error'])

export const jobDetail = job.extend({
  /** The version of its code that it was begun by. */
  version: z.number().int(),
  /** Of the present run. */
  begunAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** When it fails for taking too long. */
  deadline: instant.nullable(),
  cancelledAt: instant.nullable(),
  cancelledBy: z.string().nullable(),
  /** Null where the job does not say what may be shown. */
  input: z.json(),
  timeline: z.array(jobEntry),
  /** The last 500 lines. */
  logs: z.array(z.object({ at: instant, level: jobLogLevel, text: z.string() })),
  /** Signals sent to it, the last 100, and by which entry each was taken. */
  signals: z.array(z.object({ name: z.string(), at: instant, takenBy: z.string().nullable() })),
  tasks: z.array(jobTask),
  parent: relatedJob.nullable(),
  children: z.array(relatedJob),
  /** Why it cannot be cancelled now, or retried; null when it can. */
  cancelRefusal: z.string().nullable(),
  retryRefusal: z.string().nullable(),
})
export type JobDetail = z.infer<typeof jobDetail>

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
    jobs: query({
      summary: 'Jobs under way or planned, and the newest that ended.',
      input: nothing,
      output: z.array(job),
    }),
    runJob: command({
      summary: 'Run a planned job now.',
      input: z.object({ id }),
      output: z.object({ started: z.boolean() }),
    }),
    job: query({
      summary: 'Everything a job did, waits for and may be told.',
      input: z.object({ id }),
      output: jobDetail,
    }),
    cancelJob: command({
      summary: 'Stop a job and undo in reverse what it did.',
      input: z.object({ id }),
      output: nothing,
    }),
    retryJob: command({
      summary: 'Forget a step of a job and all after it, and begin again there.',
      input: z.object({ id, fromStep: z.string().min(1).max(500) }),
      output: nothing,
    }),
    answerJob: command({
      summary: 'Answer a question that a job waits for.',
      input: z.object({
        id,
        key: z.string().min(1).max(500),
        choice: z.string().min(1).max(200),
        comment: z.string().trim().max(4_000),
      }),
      output: nothing,
    }),
    watch: stream({
      summary: 'Tell whenever views, preferences, jobs or the vault change.',
      input: nothing,
      output: z.object({ changed: z.enum(['views', 'preferences', 'jobs', 'vault', 'notices']) }),
    }),
  },
})
