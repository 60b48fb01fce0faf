import { hostname } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '#main/kernel/clock.ts'
import { serveChannel, threadPort } from '#main/kernel/worker/channel.ts'
import { composeTelemetry, type TelemetryOptions } from './telemetry.ts'

/** Entry of the worker thread that holds telemetry: databases, polling, merging, evaluation. */
if (!parentPort) throw new Error('This file runs as a worker thread.')
const options = workerData as Omit<TelemetryOptions, 'clock' | 'emit' | 'hostname'>
let announce: (name: string, payload: unknown) => void = () => {}
const telemetry = composeTelemetry({
  ...options,
  hostname: hostname(),
  clock: systemClock,
  emit: (name, payload) => announce(name, payload),
})
announce = serveChannel(threadPort(parentPort), telemetry.methods)
