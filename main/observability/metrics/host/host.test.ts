import { describe, expect, it } from 'vitest'
import { manualClock } from '#main/kernel/clock.ts'
import type { Sample } from '../sample.ts'
import { createClockJump } from './clock-jump.ts'
import { createFilesystemReader, mountsOf } from './filesystems.ts'
import { watchedProcessSamples } from './processes.ts'
import { diskSamples, memorySamples, networkSamples, pressureSamples, statSamples, vmstatSamples } from './procfs.ts'
import { unitSamples, unitsOf } from './systemd.ts'

const values = (samples: readonly Sample[]) =>
  samples.map(({ name, labels, value }) => [name, ...Object.values(labels), value])

describe('what Linux tells in /proc', () => {
  it('gives CPU time of all processors by mode, in seconds, and the boot time', () => {
    const text =
      'cpu  12142 0 6166 505674 1167 0 132 69 5 0\ncpu0 5286 0 2735 254322 172 0 22 32 0 0\nbtime 1767225600\n'
    expect(values(statSamples(text))).toEqual([
      ['node_cpu_seconds_total', 'user', 121.42],
      ['node_cpu_seconds_total', 'nice', 0],
      ['node_cpu_seconds_total', 'system', 61.66],
      ['node_cpu_seconds_total', 'idle', 5056.74],
      ['node_cpu_seconds_total', 'iowait', 11.67],
      ['node_cpu_seconds_total', 'irq', 0],
      ['node_cpu_seconds_total', 'softirq', 1.32],
      ['node_cpu_seconds_total', 'steal', 0.69],
      ['node_boot_time_seconds', 1_767_225_600],
    ])
  })

  it('gives memory in bytes, and leaves out what an old kernel does not tell', () => {
    const text =
      'MemTotal:       24684084 kB\nMemFree:        24275596 kB\nHugePages_Total:       0\nSwapTotal:             0 kB\n'
    expect(values(memorySamples(text))).toEqual([
      ['node_memory_MemTotal_bytes', 24_684_084 * 1024],
      ['node_memory_MemFree_bytes', 24_275_596 * 1024],
      ['node_memory_SwapTotal_bytes', 0],
    ])
  })

  it('gives network bytes without loopback and container devices', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3245      30    0    0    0     0          0         0     3245      30    0    0    0     0       0          0
veth12:     1       2    0    0    0     0          0         0       3       4    0    0    0     0       0          0
  eth0:672579355   17445    0    0    0     0          0         0  1170097   10479    0    0    0     0       0          0
`
    expect(values(networkSamples(text))).toEqual([
      ['node_network_receive_bytes_total', 'eth0', 672_579_355],
      ['node_network_transmit_bytes_total', 'eth0', 1_170_097],
    ])
  })

  it('gives disk bytes of whole disks only', () => {
    const text = `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 259       0 nvme0n1 53035 9136 3404706 18703 14635 45181 4402096 15880 0 9272 34994 3980 18 494840 354 1496 56
 259       1 nvme0n1p1 9 0 90 0 0 0 0 0 0 0 0 0 0 0 0 0 0
   8       1 sda1 9 0 90 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 253       0 zram0 9 0 90 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`
    expect(values(diskSamples(text))).toEqual([
      ['node_disk_read_bytes_total', 'nvme0n1', 3_404_706 * 512],
      ['node_disk_written_bytes_total', 'nvme0n1', 4_402_096 * 512],
      ['node_disk_io_time_seconds_total', 'nvme0n1', 9.272],
    ])
  })

  it('gives swapped pages, and the time in which tasks waited', () => {
    expect(values(vmstatSamples('pgfault 1\npswpin 7\npswpout 8\noom_kill 1\n'))).toEqual([
      ['node_vmstat_pswpin', 7],
      ['node_vmstat_pswpout', 8],
      ['node_vmstat_oom_kill', 1],
    ])
    const text =
      'some avg10=0.27 avg60=0.32 avg300=0.27 total=4736675\nfull avg10=0.27 avg60=0.30 avg300=0.21 total=4030392\n'
    expect(values(pressureSamples('io', text))).toEqual([
      ['node_pressure_io_waiting_seconds_total', 4.736675],
      ['node_pressure_io_stalled_seconds_total', 4.030392],
    ])
  })
})

describe('filesystems', () => {
  it('are those on a disk or a server, each device once, with the escapes of their names resolved', () => {
    const text = `proc /proc proc rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/vda1 / ext4 rw,relatime,errors=remount-ro 0 0
/dev/vda1 /var/lib/bind ext4 rw 0 0
overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0
/dev/sdb1 /media/my\\040disk exfat ro,nosuid 0 0
nas:/export /mnt/nas nfs4 rw 0 0
`
    expect(mountsOf(text).map((mount) => [mount.mountpoint, mount.fstype, mount.readonly])).toEqual([
      ['/', 'ext4', false],
      ['/media/my disk', 'exfat', true],
      ['/mnt/nas', 'nfs4', false],
    ])
  })

  it('that cannot be asked are absent and do not hide the others', async () => {
    const read = createFilesystemReader(async () => '/dev/a / ext4 rw 0 0\n/dev/b /no/such/place ext4 rw 0 0\n')
    const mountpoints = (await read()).map(({ labels }) => labels.mountpoint)
    expect(new Set(mountpoints)).toEqual(new Set(['/']))
  })
})

describe('systemd units', () => {
  const listed = `nginx.service loaded failed failed A high performance web server
ssh.service   loaded active running OpenBSD Secure Shell server
cron.service  loaded active running Regular background program processing daemon
`
  it('are told when they failed, and as recovered later; watched ones in every state', () => {
    const everFailed = new Set<string>()
    expect(values(unitSamples(unitsOf(listed), new Set(['ssh.service']), everFailed))).toEqual([
      ['node_systemd_unit_state', 'nginx.service', 'failed', 1],
      ['node_systemd_unit_state', 'ssh.service', 'activating', 0],
      ['node_systemd_unit_state', 'ssh.service', 'active', 1],
      ['node_systemd_unit_state', 'ssh.service', 'deactivating', 0],
      ['node_systemd_unit_state', 'ssh.service', 'failed', 0],
      ['node_systemd_unit_state', 'ssh.service', 'inactive', 0],
    ])
    const recovered = listed.replace('failed failed', 'active running')
    expect(values(unitSamples(unitsOf(recovered), new Set(), everFailed))).toEqual([
      ['node_systemd_unit_state', 'nginx.service', 'failed', 0],
    ])
    expect(values(unitSamples([], new Set(), everFailed))).toEqual([
      ['node_systemd_unit_state', 'nginx.service', 'failed', 0],
    ])
  })
})

describe('watched processes', () => {
  it('are up while one of that name runs', async () => {
    const name = process.title.split(' ')[0] ?? ''
    const own =
      process.platform === 'linux' ? (await import('node:fs')).readFileSync('/proc/self/comm', 'utf8').trim() : name
    expect(values(await watchedProcessSamples([own, 'no-such-process-runs-here']))).toEqual([
      ['framework0_watched_process_up', own, 1],
      ['framework0_watched_process_up', 'no-such-process-runs-here', 0],
    ])
  })
})

describe('a clock jump', () => {
  it('is how far the wall clock moved against the monotonic one, and time asleep is none', () => {
    const clock = manualClock()
    let uptime = 1000
    const jump = createClockJump(clock, () => uptime)
    const step = (milliseconds: number): number | null => {
      clock.advance(milliseconds)
      uptime += milliseconds / 1000
      return jump()
    }
    expect(jump()).toBeNull()
    expect(step(5000)).toBe(0)
    clock.set(clock.now() - 3_600_000)
    expect(step(5000)).toBe(-3600)
    // Asleep for ten minutes: wall clock and uptime go on, the monotonic clock stands still.
    clock.set(clock.now() + 600_000)
    uptime += 600
    expect(step(5000)).toBeCloseTo(0)
  })
})
