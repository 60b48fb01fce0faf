import { availableParallelism, loadavg, uptime } from 'node:os'
import type { Clock } from '#main/kernel/clock.ts'
import { createClockJump } from './host/clock-jump.ts'
import { createFilesystemReader } from './host/filesystems.ts'
import { linuxSamples } from './host/linux.ts'
import { portableCpuSamples, portableSamples } from './host/portable.ts'
import { watchedProcessSamples } from './host/processes.ts'
import { createSystemdReader } from './host/systemd.ts'
import { type Sample, sample } from './sample.ts'

export type HostCollectorOptions = {
  readonly clock: Clock
  /** The application's own readings, see application-health.ts. */
  readonly applicationHealth?: () => readonly Sample[]
  /** Seconds since boot, time asleep included. */
  readonly uptimeSeconds?: () => number
}

export type Watched = {
  /** Process names that should be running. */
  readonly processes: readonly string[]
  /** systemd units told in every state; failed units are told without being watched. */
  readonly units: readonly string[]
}

export type HostCollector = {
  readonly collect: (signal: AbortSignal) => Promise<readonly Sample[]>
  /** What the next collection looks after; replaces what was watched before. */
  readonly watch: (watched: Watched) => void
}

const systemdEveryMs = 60_000
const portableEveryMs = 30_000
const processesEveryMs = 15_000

/**
 * Measures this machine, with the names and units of node_exporter. What this platform does not tell is absent, never
 * zero; what costs a process is measured less often than it is asked for, and absent in between.
 */
export function createHostCollector(options: HostCollectorOptions): HostCollector {
  const { clock, applicationHealth = () => [] } = options
  let watched: Watched = { processes: [], units: [] }
  const linux = process.platform === 'linux'
  const uptimeSeconds = options.uptimeSeconds ?? uptime
  const clockJump = createClockJump(clock, uptimeSeconds)
  const filesystems = createFilesystemReader()
  const systemd = createSystemdReader()
  const portable = every(portableEveryMs, clock, () => (linux ? noSamples() : portableSamples()))

  const unitsReader = () =>
    every(systemdEveryMs, clock, (signal) => (linux ? systemd(watched.units, signal) : noSamples()))
  const processesReader = () => every(processesEveryMs, clock, () => watchedProcessSamples(watched.processes))
  let units = unitsReader()
  let processes = processesReader()

  return {
    watch(next) {
      watched = next
      // At once, not when the period of the old ones is over.
      units = unitsReader()
      processes = processesReader()
    },

    async collect(signal) {
      signal.throwIfAborted()
      // The jump belongs to the moment of collection; what is read below may take a while.
      const general = generalSamples(clock, clockJump(), linux ? null : uptimeSeconds())
      const parts = [linux ? filesystems() : noSamples(), portable(signal), processes(signal), units(signal)]
      const measured = await Promise.all(parts.map(orNothing))
      signal.throwIfAborted()
      const kernel = linux ? linuxSamples() : portableCpuSamples()
      return [...general, ...kernel, ...measured.flat(), ...applicationHealth()]
    },
  }
}

const noSamples = async (): Promise<readonly Sample[]> => []

/** One reading that fails must not take the others with it; it is absent, and the rules see that. */
const orNothing = (part: Promise<readonly Sample[]>): Promise<readonly Sample[]> => part.catch(noSamples)

function generalSamples(clock: Clock, jump: number | null, uptimeOrNull: number | null): readonly Sample[] {
  const seconds = clock.now() / 1000
  const [one, five, fifteen] = loadavg()
  const load =
    process.platform === 'win32' || one === undefined || five === undefined || fifteen === undefined
      ? []
      : [sample('node_load1', one), sample('node_load5', five), sample('node_load15', fifteen)]
  return [
    sample('node_time_seconds', seconds),
    // cAdvisor's name; node_exporter has none, and a load means nothing without it.
    sample('machine_cpu_cores', availableParallelism()),
    ...load,
    ...(uptimeOrNull === null ? [] : [sample('node_boot_time_seconds', Math.round(seconds - uptimeOrNull))]),
    ...(jump === null ? [] : [sample('framework0_clock_jump_seconds', jump)]),
  ]
}

type Reader = (signal: AbortSignal) => Promise<readonly Sample[]>

/** Runs a reader at most once in a period; in between it tells nothing rather than something old. */
function every(periodMs: number, clock: Clock, read: Reader): Reader {
  let last: number | null = null
  return async (signal) => {
    const now = clock.monotonic()
    if (last !== null && now - last < periodMs) return []
    last = now
    return read(signal)
  }
}
