import { formatBytes, formatCompact, formatDuration, formatNumber } from '#renderer/ui/format.ts'

type Labels = Readonly<Record<string, string>>

export type PanelQuery = {
  /** PromQL over this machine's own metrics; `window` is what a rate looks back, such as `60s`. */
  readonly expression: (window: string) => string
  readonly label: (labels: Labels) => string
  readonly dashed?: boolean | undefined
}

export type Panel = {
  readonly id: string
  readonly title: string
  readonly format: (value: number) => string
  readonly queries: readonly PanelQuery[]
}

const percent = (value: number): string => `${formatNumber(value, 1)} %`
/** Filesystems move by hundredths. */
const finePercent = (value: number): string => `${formatNumber(value, 2)} %`

const named = (name: string) => () => name
const plain = (expression: string, name: string, dashed = false): PanelQuery => ({
  expression: () => expression,
  label: named(name),
  dashed,
})

/** The share of CPU time in some modes, in percent. */
const cpuShare = (modes: string, name: string): PanelQuery => ({
  expression: (window) =>
    `100 * sum(rate(node_cpu_seconds_total{mode=~"${modes}"}[${window}])) / sum(rate(node_cpu_seconds_total[${window}]))`,
  label: named(name),
})

/** What is drawn of this machine. Names and units are those of node_exporter and prom-client. */
export const panels: readonly Panel[] = [
  {
    id: 'cpu',
    title: 'CPU',
    format: percent,
    queries: [cpuShare('user|nice|system|irq|softirq|steal', 'busy'), cpuShare('iowait', 'waiting for disks')],
  },
  {
    id: 'load',
    title: 'Load',
    format: formatCompact,
    queries: [
      plain('node_load1', '1 m'),
      plain('node_load5', '5 m'),
      plain('node_load15', '15 m'),
      plain('machine_cpu_cores', 'cores', true),
    ],
  },
  {
    id: 'memory',
    title: 'Memory',
    format: formatBytes,
    queries: [
      plain('node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes', 'used'),
      plain('node_memory_MemTotal_bytes', 'total', true),
    ],
  },
  {
    id: 'swap',
    title: 'Swap',
    format: formatBytes,
    queries: [
      plain('node_memory_SwapTotal_bytes - node_memory_SwapFree_bytes', 'used'),
      plain('node_memory_SwapTotal_bytes', 'total', true),
    ],
  },
  {
    id: 'space',
    title: 'Disk space used',
    format: finePercent,
    queries: [
      {
        expression: () => '100 * (1 - node_filesystem_avail_bytes / node_filesystem_size_bytes)',
        label: ({ mountpoint = '?' }) => mountpoint,
      },
    ],
  },
  {
    id: 'disk',
    title: 'Disk I/O per second',
    format: formatBytes,
    queries: [
      { expression: (window) => `sum(rate(node_disk_read_bytes_total[${window}]))`, label: named('read') },
      { expression: (window) => `sum(rate(node_disk_written_bytes_total[${window}]))`, label: named('written') },
    ],
  },
  {
    id: 'network',
    title: 'Network per second',
    format: formatBytes,
    queries: [
      {
        expression: (window) => `rate(node_network_receive_bytes_total[${window}])`,
        label: ({ device = '?' }) => `${device} received`,
      },
      {
        expression: (window) => `rate(node_network_transmit_bytes_total[${window}])`,
        label: ({ device = '?' }) => `${device} sent`,
        dashed: true,
      },
    ],
  },
  {
    id: 'application-memory',
    title: 'Memory of this application',
    format: formatBytes,
    queries: [plain('process_resident_memory_bytes', 'resident'), plain('nodejs_heap_size_used_bytes', 'heap')],
  },
  {
    id: 'event-loop',
    title: 'Event loop delay of this application',
    format: formatDuration,
    queries: [plain('nodejs_eventloop_delay_p99_seconds', '99th percentile')],
  },
  {
    id: 'databases',
    title: 'Databases of this application',
    format: formatBytes,
    queries: [{ expression: () => 'framework0_database_bytes', label: ({ name = '?' }) => name }],
  },
]
