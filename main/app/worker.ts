import { hostname } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '#main/kernel/clock.ts'
import { serveChannel, threadPort } from '#main/kernel/worker/channel.ts'
import { composeTelemetry, type TelemetryOptions } from './telemetry.ts'

/** Entry of the worker thread that holds telemetry: databases, polling, merging, evaluation. */
if (!parentPort) throw new Error('This file runs as a worker thread.')
const options = workerData as Omit<TelemetryOptions, 'clock' | 'emit' | 'hostname'>
/** What is told while opening, before anybody can be answered: that a damaged database was moved aside. */
const early: [name: string, payload: unknown][] = []
let announce = (name: string, payload: unknown): void => void early.push([name, payload])
const telemetry = composeTelemetry({
  ...options,
  hostname: hostname(),
  clock: systemClock,
  emit: (name, payload) => announce(name, payload),
})
announce = serveChannel(threadPort(parentPort), telemetry.methods)
for (const [name, payload] of early) announce(name, payload)
