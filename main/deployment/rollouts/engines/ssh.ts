import { upload, wholeTar } from '#main/engines/ssh/upload.ts'
import { probe } from '#main/engines/supervisor/probe.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { Instance, ServiceName, Target, Workload, WorkloadName } from '../engine.ts'
import type { Fleet, HostAtWork } from '../hosts/fleet.ts'
import { instanceFiles, serviceFolder } from '../hosts/instance-files.ts'
import type { Memory } from '../hosts/memory.ts'
import { instanceOf, readSeen, type Seen, unseen } from '../hosts/seen.ts'
import { sayOf } from '../ill-instance.ts'

/** A host among those of its environment. */
type Place = { readonly host: HostAtWork; readonly at: number; readonly of: number }

type Options = {
  readonly fleet: Fleet
  readonly memory: Memory
  /** What an instance is asked to tell whether it can serve; null asks only for its port. */
  readonly healthPath: (name: WorkloadName) => Promise<string | null>
}

const probeWithinMs = 1_000
/** One that was ready is only not so any more when it fails so often in a row. */
const triesOnceReady = 3
/** A host that does not answer by then is out of reach at this look. */
const lookWithinMs = 5_000
/** Longer than any grace in which a program may end. */
const endWithinMs = 10 * 60_000
const startWithinMs = 2 * 60_000

/**
 * Versions as processes of hosts reached over SSH. The instances are spread over the hosts by their index, so the order
 * of the hosts is part of where an instance is. All state is on the hosts: see `resources/hosts/host.sh`.
 */
export function sshTarget({ fleet, memory, healthPath }: Options): Target {
  const turns = new Map<string, Promise<readonly Instance[]>>()

  const start = async (host: HostAtWork, workload: Workload, indices: readonly number[], signal: AbortSignal) => {
    const { folder, ports } = host.access
    const service = serviceFolder(folder, workload)
    const holder = await host.holder()
    await upload(host.ssh, workload.folder, `${service}/releases/${workload.digest}`, signal)
    for (const index of indices)
      await host.task(
        `start ${workload.service}`,
        ['start', folder, service, `${workload.version}#${index}`, String(ports.from), String(ports.to)],
        { input: wholeTar(instanceFiles(workload, index, host, holder)), signal, withinMs: startWithinMs },
      )
  }

  const look = async ({ host, at, of }: Place, name: WorkloadName): Promise<Instance[]> => {
    const { address } = host.ssh.place
    const path = await healthPath(name)
    try {
      const args = ['observe', serviceFolder(host.access.folder, name), name.version]
      const all = readSeen(await within(lookWithinMs, address, host.task('look at its instances', args)))
      // Two addresses may be of one machine: each answers for its own.
      const seen = all.filter(({ index }) => index % of === at)
      memory.keep(at, name, seen)
      return await Promise.all(
        seen.map(async (one) => {
          const wasReady = memory.wasReady(at, name, one)
          const answer = await ask(address, one, path, wasReady)
          if (answer.ok) memory.noteReady(at, name, one)
          return instanceOf(one, address, answer, wasReady)
        }),
      )
    } catch (thrown) {
      const why = sentence(thrown)
      const known = memory.spots(at, name)
      if (!known) return [unseen(at, null, false, why)]
      return Promise.all(
        known.map(async ({ index, port }) => {
          const { ok } = await probe(port, { path, timeoutMs: probeWithinMs }, address)
          return unseen(index, { host: address, port }, ok, why)
        }),
      )
    }
  }

  const observe = async (name: WorkloadName): Promise<readonly Instance[]> => {
    const hosts = await fleet.hosts(name.environment)
    const all = await Promise.all(hosts.map((host, at) => look({ host, at, of: hosts.length }, name)))
    return all.flat().toSorted((a, b) => a.index - b.index)
  }

  const everywhere = async (name: ServiceName, doing: string, args: (service: string) => readonly string[]) =>
    onEach(await fleet.hosts(name.environment), (host) =>
      host.task(doing, args(serviceFolder(host.access.folder, name)), { withinMs: endWithinMs }),
    )

  return {
    async scale(workload, replicas, signal) {
      const hosts = await fleet.hosts(workload.environment)
      await onEach(hosts, async (host, at) => {
        const service = serviceFolder(host.access.folder, workload)
        const trim = ['trim', service, workload.version, String(replicas)]
        await host.task(`end instances of ${workload.service}`, trim, { signal, withinMs: endWithinMs })
        const indices = Array.from({ length: replicas }, (_, index) => index).filter((n) => n % hosts.length === at)
        if (indices.length > 0) await start(host, workload, indices, signal)
      })
    },

    /** Those who ask at once are answered by one look. */
    observe(name) {
      const key = `${name.environment}/${name.service}/${name.version}`
      const turn = turns.get(key) ?? observe(name).finally(() => turns.delete(key))
      turns.set(key, turn)
      return turn
    },

    async remove(name) {
      const said = await everywhere(name, `end ${name.service}`, (service) => ['trim', service, name.version, '0'])
      memory.forget(name)
      return said
        .flatMap((text) => text.split('\n').filter(Boolean))
        .map((line) => line.replace(/^(\d+) (.*)$/, (_, index, text) => sayOf(Number(index), name.version, text)))
    },

    async output(name) {
      const found = await everywhere(name, 'tell what was written', (service) => ['output', service, name.version])
      const lines = found.flatMap((text, at) =>
        text.split('\n').filter((line) => line !== '' && Number.parseInt(line, 10) % found.length === at),
      )
      return lines
        .map((line) => {
          const [index, text = ''] = line.split(' ')
          return { instance: Number(index), text: Buffer.from(text, 'base64').toString() }
        })
        .toSorted((a, b) => a.instance - b.instance)
    },

    async settle(name) {
      const hosts = await fleet.hosts(name.environment)
      const results = await Promise.allSettled(
        hosts.map((host) =>
          host.task('mark the current version', ['settle', serviceFolder(host.access.folder, name), name.version]),
        ),
      )
      return results.flatMap((result) => (result.status === 'rejected' ? [sentence(result.reason)] : []))
    },

    async sweep(name, versions) {
      await everywhere(name, 'end what is left', (service) => ['sweep', service, ...versions])
    },
    async forget(name) {
      await everywhere(name, 'remove what is kept', (service) => ['forget', service])
    },
  }
}

const sentence = (thrown: unknown): string => {
  const { message, hint } = asAppError(thrown)
  return hint === undefined ? message : `${message} ${hint}`
}

/** Does something on every host, and fails only then: one that is away must not hold up the others. */
async function onEach<T>(
  hosts: readonly HostAtWork[],
  work: (host: HostAtWork, at: number) => Promise<T>,
): Promise<readonly T[]> {
  const results = await Promise.allSettled(hosts.map(work))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

async function ask(address: string, { lives, port }: Seen, path: string | null, wasReady: boolean) {
  if (!lives) return { ok: false as const, reason: 'It does not run.' }
  for (let tries = wasReady ? triesOnceReady : 1; ; tries--) {
    const answer = await probe(port, { path, timeoutMs: probeWithinMs }, address)
    if (answer.ok || tries <= 1) return answer
  }
}

/** The work goes on after its time: the next look may find it done. */
function within<T>(ms: number, address: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('timeout', `${address} did not answer within ${ms / 1_000} s.`)), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
