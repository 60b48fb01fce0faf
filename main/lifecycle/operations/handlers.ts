import type { Jobs } from '#main/kernel/jobs/jobs.ts'
import type { Handlers } from '#main/kernel/service.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import { AppError } from '#preload/contract/error.ts'
import { type ApplicationHealth, type operations, preferences } from '#preload/lifecycle/operations.ts'
import type { ViewStore } from './store.ts'

export type OperationsChange = { changed: 'views' | 'preferences' | 'jobs' | 'vault' | 'notices' }

export const preferencesKey = 'preferences'

type Ports = {
  readonly views: ViewStore
  readonly settings: Settings
  readonly jobs: Jobs
  readonly health: () => ApplicationHealth
  readonly changes: (signal: AbortSignal) => AsyncIterable<OperationsChange>
  /** Told after a change is durable. */
  readonly onChange: (change: OperationsChange) => void
}

export function operationsHandlers({
  views,
  settings,
  jobs,
  health,
  changes,
  onChange,
}: Ports): Handlers<typeof operations> {
  const readPreferences = () => settings.get(preferencesKey, preferences)
  return {
    health: () => health(),
    views: ({ screen }) => views.list(screen),
    preferences: () => readPreferences(),
    jobs: () => jobs.list(),
    job: ({ id }) => jobs.detail(id),
    watch: (_, { signal }) => changes(signal),

    async saveView(view, { record }) {
      const { before, after } = await views.save(view)
      record({ targets: [after.id], before, after })
      onChange({ changed: 'views' })
      return after
    },
    async removeView({ id }, { record }) {
      const before = await views.remove(id)
      if (!before) throw new AppError('not_found', 'This view has been removed already.')
      record({ targets: [id], before, after: null })
      onChange({ changed: 'views' })
      return { removed: true }
    },
    async setPreferences(change, { record }) {
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      const { before, after } = await settings.update(preferencesKey, preferences, (present) =>
        preferences.parse({ ...present, ...given }),
      )
      record({ targets: ['preferences'], before, after })
      onChange({ changed: 'preferences' })
      return after
    },
    async runJob({ id }, { record }) {
      const started = await jobs.runNow(id)
      record({ targets: [id] })
      return { started }
    },
    async cancelJob({ id }, { caller, record }) {
      record({ targets: [id] })
      await jobs.cancel(id, caller.name)
      return {}
    },
    async retryJob({ id, fromStep }, { record }) {
      record({ targets: [id, fromStep] })
      await jobs.retryFrom(id, fromStep)
      return {}
    },
    async answerJob({ id, key, choice, comment }, { caller, record }) {
      record({ targets: [id, key], after: { choice, comment } })
      await jobs.answer(id, key, { choice, comment, by: caller.name })
      return {}
    },
  }
}
