import type { MetricSeries } from '#preload/observability/metrics.ts'

export const sparkMs = 15 * 60_000
export const sparkPoints = 90

/** What has a sparkline, as PromQL over this machine's own metrics. */
export const sparkExpressions = {
  cpu: '100 * (1 - sum(rate(node_cpu_seconds_total{mode=~"idle|iowait"}[30s])) / sum(rate(node_cpu_seconds_total[30s])))',
  load: 'node_load1',
  memory: 'node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes',
  disk: 'sum(rate(node_disk_read_bytes_total[30s])) + sum(rate(node_disk_written_bytes_total[30s]))',
  received: 'sum(rate(node_network_receive_bytes_total{device!="lo"}[30s]))',
  sent: 'sum(rate(node_network_transmit_bytes_total{device!="lo"}[30s]))',
  resident: 'process_resident_memory_bytes',
  eventLoop: '1000 * nodejs_eventloop_delay_p99_seconds',
} as const
export type Spark = keyof typeof sparkExpressions

export const sparkNames = Object.keys(sparkExpressions) as readonly Spark[]

/** One value a step; a step without one is a gap. Epoch milliseconds. */
export function valuesOf(
  series: MetricSeries | undefined,
  from: number,
  stepSeconds: number,
): readonly (number | null)[] {
  const values = new Array<number | null>(Math.floor(sparkMs / 1_000 / stepSeconds) + 1).fill(null)
  for (const [at, value] of series?.points ?? []) {
    const place = Math.round((at - from / 1_000) / stepSeconds)
    if (place >= 0 && place < values.length) values[place] = value
  }
  return values
}
