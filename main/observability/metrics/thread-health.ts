import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Heap and event-loop delay of one thread. */
export type ThreadHealth = {
  readonly heapUsedBytes: () => number
  /** The 99th percentile since the last reading, in seconds; null before there is one. */
  readonly eventLoopDelayP99: () => number | null
  readonly close: () => void
}

const resolutionMs = 10

/** Measures the thread this is called in. */
export function measureThread(): ThreadHealth {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  return {
    heapUsedBytes: () => process.memoryUsage().heapUsed,
    eventLoopDelayP99() {
      // The histogram holds the time between two timers, which is never less than their period.
      const late = delay.count > 0 ? Math.max(0, delay.percentile(99) / 1e9 - resolutionMs / 1000) : null
      delay.reset()
      return late
    },
    close: () => void delay.disable(),
  }
}

/** Room for what one thread tells another. */
export const threadHealthBuffer = (): SharedArrayBuffer => new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)

/** Measures this thread over and over for another one to read. @returns a function that stops it. */
export function shareThread(buffer: SharedArrayBuffer, everyMs: number): () => void {
  const shared = new Float64Array(buffer)
  const thread = measureThread()
  shared.fill(Number.NaN)
  const timer = setInterval(() => {
    shared[0] = thread.heapUsedBytes()
    shared[1] = thread.eventLoopDelayP99() ?? Number.NaN
  }, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    thread.close()
  }
}

/** What the other thread last told. */
export function sharedThread(buffer: SharedArrayBuffer): ThreadHealth {
  const shared = new Float64Array(buffer)
  const read = (at: number): number => shared[at] ?? Number.NaN
  return {
    heapUsedBytes: () => read(0),
    eventLoopDelayP99: () => (Number.isFinite(read(1)) ? read(1) : null),
    close: () => {},
  }
}
