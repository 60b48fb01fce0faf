import { existsSync, renameSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Clock } from '#main/kernel/clock.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import type { AlertEngine } from '#main/observability/alerts/engine.ts'
import { alertmanagerEngine } from '#main/observability/alerts/engines/alertmanager.ts'
import { embeddedEngine } from '#main/observability/alerts/engines/embedded.ts'
import { prometheusEngine } from '#main/observability/alerts/engines/prometheus.ts'
import { openHistory } from '#main/observability/alerts/inbox/history.ts'
import { inboxMethods } from '#main/observability/alerts/inbox/methods.ts'
import { createInboxService, type InboxEmit, type InboxEvents } from '#main/observability/alerts/inbox/service.ts'
import type { SourceSpec } from '#main/observability/alerts/inbox/spec.ts'
import { metricsMethods } from '#main/observability/metrics/methods.ts'
import { createMetrics } from '#main/observability/metrics/metrics.ts'
import { sharedThread } from '#main/observability/metrics/thread-health.ts'
import { AppError } from '#preload/contract/error.ts'
import type { HostReading } from '#preload/observability/metrics.ts'

export type TelemetryEvents = InboxEvents & {
  readonly reading: HostReading
  /** Something the person should know: a damaged database was moved aside, a measurement fails. */
  readonly notice: { readonly severity: 'info' | 'warning' | 'critical'; readonly text: string }
  /** A defect; for the log. */
  readonly fault: string
}

type TelemetryEmit = <K extends keyof TelemetryEvents>(name: K, payload: TelemetryEvents[K]) => void

export type TelemetryOptions = {
  readonly historyPath: string
  readonly metricsPath: string
  /** Text of the built-in rules. */
  readonly rules: string
  readonly hostname: string
  readonly clock: Clock
  readonly emit: TelemetryEmit
  /** Databases whose size is measured, by name. */
  readonly databases: Readonly<Record<string, string>>
  /** Where the main thread tells its health; absent when this is the main thread. */
  readonly mainThread?: SharedArrayBuffer
  /** Milliseconds between two readings of this machine; 0 takes none. */
  readonly readEveryMs: number
}

/** Builds what lives in the worker thread. The same composition runs in-process in tests. */
export function composeTelemetry(options: TelemetryOptions) {
  const { clock, emit, hostname } = options
  const onFault = (error: unknown): void =>
    emit('fault', error instanceof Error ? (error.stack ?? error.message) : String(error))
  const notice = (text: string): void => emit('notice', { severity: 'warning', text })
  const history = openDatabase(options.historyPath, clock, notice, openHistory)
  const metrics = openDatabase(options.metricsPath, clock, notice, (database) =>
    createMetrics({
      database,
      clock,
      rules: options.rules,
      databases: options.databases,
      ...(options.mainThread ? { thread: sharedThread(options.mainThread) } : {}),
    }),
  )

  const connect = (spec: SourceSpec): AlertEngine | null => {
    if (spec.kind === 'alertmanager') return alertmanagerEngine(spec.endpoint)
    if (spec.kind === 'prometheus') return prometheusEngine(spec.endpoint)
    return spec.kind === 'embedded' ? embeddedEngine(metrics, hostname) : null
  }
  const inbox = createInboxService({ history, clock, connect, emit: emit as InboxEmit, onFault })

  const reading = takeReadings(
    options.readEveryMs,
    async (signal) => {
      await metrics.tick(signal)
      const latest = metrics.latest()
      if (latest) emit('reading', latest)
    },
    onFault,
  )

  return {
    methods: {
      ...inboxMethods(inbox),
      ...metricsMethods(metrics),
      async close(_: Readonly<Record<string, never>>): Promise<void> {
        await reading.stop()
        await inbox.close()
        metrics.close()
      },
    },
  }
}

export type TelemetryMethods = ReturnType<typeof composeTelemetry>['methods']

/** One reading after another, never two at once; a failing one is told and the next is taken all the same. */
function takeReadings(
  everyMs: number,
  read: (signal: AbortSignal) => Promise<void>,
  onFault: (error: unknown) => void,
) {
  const stopped = new AbortController()
  let current = Promise.resolve()
  const turn = (): void => {
    current = read(stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted) onFault(error)
    })
  }
  const timer = everyMs > 0 ? setInterval(() => void current.then(turn), everyMs) : undefined
  if (everyMs > 0) turn()
  return {
    async stop(): Promise<void> {
      stopped.abort()
      clearInterval(timer)
      await current
    },
  }
}

/** Opens a telemetry database; a damaged one is moved aside, said, and replaced, because the rest must go on. */
function openDatabase<T>(
  path: string,
  clock: Clock,
  notice: (text: string) => void,
  open: (database: Database.Database) => T,
): T {
  const attempt = (): T => {
    const database = new Database(path)
    try {
      const health = database.pragma('quick_check(1)', { simple: true })
      if (health !== 'ok') throw Object.assign(new Error(String(health)), { code: 'SQLITE_CORRUPT' })
      return open(database)
    } catch (thrown) {
      database.close()
      throw thrown
    }
  }
  try {
    return attempt()
  } catch (thrown) {
    if (!(storageError(thrown) instanceof AppError) || !existsSync(path) || !isDamage(thrown)) throw thrown
    const aside = `${path}.damaged-${clock.now()}`
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
    notice(`${path} was damaged and was moved to ${aside}. A new one was started; older history is only in that file.`)
    return attempt()
  }
}

const isDamage = (thrown: unknown): boolean => storageError(thrown)?.message.includes('damaged') ?? false
