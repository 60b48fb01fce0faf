import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Bus } from '#main/kernel/events/bus.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import { connectChannel, type Remote, threadPort } from '#main/kernel/worker/channel.ts'
import { shareThread, threadHealthBuffer } from '#main/observability/metrics/thread-health.ts'
import { AppError } from '#preload/contract/error.ts'
import type { DataFolder } from './data-folder.ts'
import type { Places } from './places.ts'
import type { TelemetryEvents, TelemetryMethods } from './telemetry.ts'

type Options = {
  readonly folder: DataFolder
  readonly places: Places
  readonly log: Log
  readonly emit: Bus<TelemetryEvents>['emit']
}

type TelemetryThread = { readonly remote: Remote<TelemetryMethods>; readonly stop: () => Promise<void> }

const readEveryMs = 5_000
/** A worker that hangs must not keep the application from quitting. */
const closesWithinMs = 3_000

/** Starts the worker thread. When it dies unexpectedly, its callers get a sentence and the log the reason. */
export function startTelemetry({ folder, places, log, emit }: Options): TelemetryThread {
  const mainThread = threadHealthBuffer()
  const stopSharing = shareThread(mainThread, readEveryMs)
  const worker = new Worker(places.worker, {
    workerData: {
      historyPath: folder.history,
      metricsPath: folder.metrics,
      rules: readFileSync(join(places.resources, 'rules', 'host.rules.yml'), 'utf8'),
      databases: { workspace: folder.workspace, history: folder.history, metrics: folder.metrics },
      mainThread,
      readEveryMs,
    },
  })
  const { remote, fail } = connectChannel<TelemetryMethods>(threadPort(worker), (name, payload) =>
    emit(name as keyof TelemetryEvents, payload as never),
  )
  const dead = (why: unknown): void => {
    log.error('telemetry worker stopped', { error: why })
    const error = new AppError('internal', 'The part of the application that watches alerts and metrics stopped.', {
      hint: 'Restart the application; the log says why it stopped.',
    })
    fail(storageError(why) ?? error)
    emit('notice', { severity: 'critical', text: `${error.message} ${error.hint}` })
  }
  worker.on('error', dead)
  let stopping = false
  worker.on('exit', (code) => {
    if (!stopping) dead(`exit code ${code}`)
  })
  return {
    remote,
    async stop() {
      stopping = true
      stopSharing()
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), closesWithinMs)
      await remote
        .close({}, late.signal)
        .catch((error: unknown) => log.error('telemetry worker did not close', { error }))
      clearTimeout(timer)
      await worker.terminate()
    },
  }
}
