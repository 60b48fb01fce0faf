import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceName, Target, WorkloadName } from '#main/deployment/rollouts/engine.ts'
import { machineTarget, type Processes } from '#main/deployment/rollouts/engines/machine.ts'
import { sshTarget } from '#main/deployment/rollouts/engines/ssh.ts'
import { type HostAtWork, openFleet } from '#main/deployment/rollouts/hosts/fleet.ts'
import { openMemory } from '#main/deployment/rollouts/hosts/memory.ts'
import type { SshKey } from '#main/engines/ssh/connection.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { HostState } from '#preload/deployment/environments.ts'
import type { EnvironmentTarget } from '#preload/deployment/target.ts'

/** Where the services of an environment run, and what opens its hosts. */
export type EnvironmentPlace = { readonly target: EnvironmentTarget; readonly key: () => Promise<SshKey> }

type Options = {
  readonly processes: Processes
  readonly place: (environment: string) => Promise<EnvironmentPlace>
  readonly healthPath: (name: WorkloadName) => Promise<string | null>
  readonly resources: string
  /** Where it is kept where instances on hosts were seen. */
  readonly memory: string
}

export type Targets = {
  /** The one target that rollouts know: it passes everything on to that of the environment. */
  readonly target: Target
  readonly isRemote: (environment: string) => Promise<boolean>
  /** How the hosts of an environment are now; waits no longer than a moment for one that is away. */
  readonly hosts: (environment: string) => Promise<readonly HostState[]>
  readonly forgetHosts: (environment: string) => void
  readonly close: () => void
}

/** A host that has said nothing by then is told as one that is being connected to. */
const waitForHostMs = 3_000

/** Chooses the target of a workload by its environment. */
export function openTargets({ processes, place, healthPath, resources, memory }: Options): Targets {
  const fleet = openFleet({
    script: readFileSync(join(resources, 'hosts', 'host.sh'), 'utf8'),
    async access(environment) {
      const { target, key } = await place(environment)
      if (target.kind === 'ssh') return { ...target, key }
      throw new AppError('internal', `${environment} has no hosts.`)
    },
  })
  const machine = machineTarget(processes)
  const ssh = sshTarget({ fleet, healthPath, memory: openMemory(memory) })
  const isRemote = async (environment: string): Promise<boolean> => {
    const found = await place(environment).catch((thrown: unknown) => {
      if (asAppError(thrown).code === 'not_found') return null
      throw thrown
    })
    return found?.target.kind === 'ssh'
  }
  const of = async ({ environment }: ServiceName): Promise<Target> => ((await isRemote(environment)) ? ssh : machine)

  return {
    target: {
      scale: async (workload, replicas, signal) => (await of(workload)).scale(workload, replicas, signal),
      observe: async (name) => (await of(name)).observe(name),
      remove: async (name) => (await of(name)).remove(name),
      output: async (name) => (await of(name)).output(name),
      settle: async (name) => (await of(name)).settle(name),
      sweep: async (name, versions) => (await of(name)).sweep(name, versions),
      forget: async (name) => (await of(name)).forget(name),
    },
    isRemote,
    async hosts(environment) {
      if (!(await isRemote(environment))) return []
      return Promise.all((await fleet.hosts(environment)).map(stateOf))
    },
    forgetHosts: fleet.forget,
    close: fleet.close,
  }
}

async function stateOf({ ssh, holder }: HostAtWork): Promise<HostState> {
  const { address, port } = ssh.place
  const host = `${address}:${port}`
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<HostState>((resolve) => {
    const says = `${host} has not answered yet.`
    timer = setTimeout(() => resolve({ host, reachable: false, says }), waitForHostMs)
  })
  const looked = async (): Promise<HostState> => {
    try {
      await ssh.reach()
      const held = await holder()
      const says =
        held.kind === 'systemd'
          ? 'Services run under systemd.'
          : `Services run under a supervisor of this application, since ${held.why}.`
      return { host, reachable: true, says }
    } catch (thrown) {
      const { message, hint } = asAppError(thrown)
      return { host, reachable: false, says: hint === undefined ? message : `${message} ${hint}` }
    }
  }
  return Promise.race([looked(), late]).finally(() => clearTimeout(timer))
}
