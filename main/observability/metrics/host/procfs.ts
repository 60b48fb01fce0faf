import { type Sample, sample } from '../sample.ts'

/**
 * The text files of Linux under /proc as samples, with the names and units of node_exporter
 * (https://github.com/prometheus/node_exporter). Pure: text in, samples out; what a kernel does not tell is left out.
 */

/** The kernel reports CPU time in USER_HZ, which is 100 on every architecture Node runs on (proc(5)). */
const ticksPerSecond = 100
const cpuModes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal']

/** /proc/stat: time of all CPUs together by mode, and the boot time. */
export function statSamples(text: string): readonly Sample[] {
  const samples: Sample[] = []
  const total = /^cpu +(.*)$/m.exec(text)?.[1]?.split(/\s+/).map(Number) ?? []
  cpuModes.forEach((mode, index) => {
    const ticks = total[index]
    if (ticks !== undefined) samples.push(sample('node_cpu_seconds_total', ticks / ticksPerSecond, { mode }))
  })
  const boot = /^btime (\d+)$/m.exec(text)?.[1]
  if (boot !== undefined) samples.push(sample('node_boot_time_seconds', Number(boot)))
  return samples
}

const memoryFields = new Set(['MemTotal', 'MemFree', 'MemAvailable', 'Buffers', 'Cached', 'SwapTotal', 'SwapFree'])

/** /proc/meminfo, in bytes. */
export function memorySamples(text: string): readonly Sample[] {
  return [...text.matchAll(/^(\w+): +(\d+) kB$/gm)]
    .filter(([, field]) => memoryFields.has(field ?? ''))
    .map(([, field, kilobytes]) => sample(`node_memory_${field}_bytes`, Number(kilobytes) * 1024))
}

const virtualDevice = /^(lo|veth|cali|cni|flannel|ifb|dummy|lxc|docker|br-|virbr|sit|tunl|ip6tnl)/

/** /proc/net/dev: bytes by device, without loopback and the devices that containers come and go with. */
export function networkSamples(text: string): readonly Sample[] {
  return [...text.matchAll(/^ *([^\s:]+): *(.*)$/gm)].flatMap(([, device = '', rest = '']) => {
    if (virtualDevice.test(device)) return []
    const numbers = rest.trim().split(/\s+/).map(Number)
    return [
      sample('node_network_receive_bytes_total', numbers[0] ?? Number.NaN, { device }),
      sample('node_network_transmit_bytes_total', numbers[8] ?? Number.NaN, { device }),
    ]
  })
}

/** node_exporter's default --collector.diskstats.device-exclude: RAM disks, loops, and partitions. */
const notADisk = /^(z?ram|loop|fd|sr|(h|s|v|xv)d[a-z]|nvme\d+n\d+p|mmcblk\d+p)\d+$/
const sectorBytes = 512

/** /proc/diskstats: bytes and busy time by disk. */
export function diskSamples(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const device = fields[2]
    if (device === undefined || notADisk.test(device)) return []
    return [
      sample('node_disk_read_bytes_total', Number(fields[5]) * sectorBytes, { device }),
      sample('node_disk_written_bytes_total', Number(fields[9]) * sectorBytes, { device }),
      sample('node_disk_io_time_seconds_total', Number(fields[12]) / 1000, { device }),
    ]
  })
}

/** /proc/vmstat: pages swapped and processes killed for want of memory. */
export function vmstatSamples(text: string): readonly Sample[] {
  return [...text.matchAll(/^(pswpin|pswpout|oom_kill) (\d+)$/gm)].map(([, field, value]) =>
    sample(`node_vmstat_${field}`, Number(value)),
  )
}

/** /proc/pressure/<resource>: time in which at least one task waited for it, and in which all did. */
export function pressureSamples(resource: 'cpu' | 'io' | 'memory', text: string): readonly Sample[] {
  return [...text.matchAll(/^(some|full) .*total=(\d+)$/gm)]
    .filter(([, kind]) => kind === 'some' || resource !== 'cpu')
    .map(([, kind, microseconds]) =>
      sample(
        `node_pressure_${resource}_${kind === 'some' ? 'waiting' : 'stalled'}_seconds_total`,
        Number(microseconds) / 1e6,
      ),
    )
}
