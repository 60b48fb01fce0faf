import type { ProcessSpec, ProcessState } from '#main/engines/supervisor/spec.ts'
import { type Clock, systemClock } from '#main/kernel/clock.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { Instance, Target, Workload, WorkloadName } from '../engine.ts'
import { sayOf, steadyAfterMs } from '../ill-instance.ts'

/** What is used of the supervisor, wherever it runs. */
export type Processes = {
  readonly ensure: (spec: ProcessSpec) => Promise<ProcessState>
  readonly processes: (input: { readonly prefix: string }) => Promise<readonly ProcessState[]>
  readonly remove: (input: { readonly key: string }) => Promise<void>
  readonly stop: (input: { readonly key: string }) => Promise<{ readonly stopped: ProcessState | null }>
  readonly output: (input: { readonly key: string }) => Promise<{ readonly text: string }>
}

const prefixOf = ({ environment, service, version }: WorkloadName): string => `${environment}/${service}/${version}#`

/** Which instance of which version a supervised process is; null for what is none. */
export function workloadOf(key: string): (WorkloadName & { readonly index: number }) | null {
  const found = /^([^/]+)\/([^/]+)\/(.+)#(\d+)$/.exec(key)
  if (!found) return null
  const [, environment = '', service = '', version = '', index = ''] = found
  return { environment, service, version, index: Number(index) }
}

/** Versions as supervised processes of this machine. */
export function machineTarget(processes: Processes, clock: Pick<Clock, 'now'> = systemClock): Target {
  const instancesOf = async (name: WorkloadName): Promise<ProcessState[]> => {
    const found = await processes.processes({ prefix: prefixOf(name) })
    return found.toSorted((a, b) => indexOf(a.key) - indexOf(b.key))
  }
  return {
    async scale(workload, replicas) {
      const present = await instancesOf(workload)
      await Promise.all(
        present.filter(({ key }) => indexOf(key) >= replicas).map(({ key }) => processes.remove({ key })),
      )
      for (let index = 0; index < replicas; index++)
        await processes.ensure(specOf(workload, index)).catch((thrown: unknown) => {
          // It runs with the configuration of its start; a change takes effect with the next version.
          if (asAppError(thrown).code !== 'conflict') throw thrown
        })
    },
    observe: async (name) => (await instancesOf(name)).map((each) => instanceOf(each, clock.now())),
    async remove(name) {
      const present = await instancesOf(name)
      const ended = await Promise.all(present.map(({ key }) => processes.stop({ key })))
      await Promise.all(present.map(({ key }) => processes.remove({ key })))
      return ended.flatMap(({ stopped }) =>
        stopped?.reason ? [sayOf(indexOf(stopped.key), name.version, stopped.reason)] : [],
      )
    },
    output: async (name) =>
      Promise.all(
        (await instancesOf(name)).map(async ({ key }) => ({
          instance: indexOf(key),
          text: (await processes.output({ key })).text,
        })),
      ),
    settle: async () => [],
    async sweep({ environment, service }, versions) {
      const found = await processes.processes({ prefix: `${environment}/${service}/` })
      const left = found.filter(({ key }) => !versions.includes(workloadOf(key)?.version ?? ''))
      await Promise.all(left.map(({ key }) => processes.remove({ key })))
    },
    forget: async () => {},
  }
}

const indexOf = (key: string): number => workloadOf(key)?.index ?? 0

function specOf(workload: Workload, index: number): ProcessSpec {
  const { command, folder, env, secretEnv, healthPath, stopGraceSeconds, memoryMegabytes, cpuPercent } = workload
  const names = {
    FRAMEWORK0_ENVIRONMENT: workload.environment,
    FRAMEWORK0_SERVICE: workload.service,
    FRAMEWORK0_VERSION: workload.version,
    FRAMEWORK0_INSTANCE: String(index),
  }
  return {
    key: `${prefixOf(workload)}${index}`,
    command: [...command],
    cwd: folder,
    env: { ...env, ...names },
    secretEnv: { ...secretEnv },
    health: {
      path: healthPath,
      ...{ intervalMs: 1_000, timeoutMs: 1_000, healthyAfter: 1, unhealthyAfter: 3, startWithinMs: 30_000 },
    },
    restart: 'always',
    stopGraceMs: stopGraceSeconds * 1_000,
    limits: { memoryBytes: memoryMegabytes === null ? null : memoryMegabytes * 1_048_576, cpuPercent },
  }
}

/** A process in these phases is not started again by itself, or did not become ready in its time. */
const hopeless: ReadonlySet<ProcessState['phase']> = new Set(['flapping', 'failed', 'stopped', 'unhealthy'])

function instanceOf(state: ProcessState, now: number): Instance {
  const { key, phase, port, pid, restarts, reason, startedAt } = state
  return {
    index: indexOf(key),
    endpoint: pid === null ? null : { host: '127.0.0.1', port },
    ready: phase === 'ready',
    hopeless: hopeless.has(phase),
    lastEnd: lastEndOf(state),
    flaps: restarts > 0 && startedAt !== null && now - Date.parse(startedAt) < steadyAfterMs,
    ...{ restarts, reason, outOfReach: null, abandoned: false },
  }
}

/** An agent that an earlier version of the application started does not tell of ends. */
function lastEndOf({ lastEnd }: Partial<Pick<ProcessState, 'lastEnd'>>): Instance['lastEnd'] {
  if (!lastEnd) return null
  const { code, signal, lastLine } = lastEnd
  return { how: signal ?? (code === null ? null : `exit code ${code}`), lastLine }
}
