import type { Handlers } from '#main/kernel/service.ts'
import type { Remote } from '#main/kernel/worker/channel.ts'
import type { HostReading, metrics } from '#preload/observability/metrics.ts'
import type { MetricsMethods } from './methods.ts'

type Ports = {
  readonly metrics: Remote<MetricsMethods>
  readonly readings: (signal: AbortSignal) => AsyncIterable<HostReading>
}

export function metricsHandlers({ metrics: engine, readings }: Ports): Handlers<typeof metrics> {
  return {
    host: (_, { signal }) => engine.hostReading({}, signal),
    range: ({ expression, from, to, points }, { signal }) =>
      engine.range({ expression, from: Date.parse(from), to: Date.parse(to), points }, signal),
    instant: ({ expression, at }, { signal }) => engine.instant({ expression, at: at ? Date.parse(at) : null }, signal),
    rules: (_, { signal }) => engine.rules({}, signal),
    watch: (_, { signal }) => readings(signal),
  }
}
