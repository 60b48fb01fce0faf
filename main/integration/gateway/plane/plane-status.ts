import type { PlaneConfig } from './config.ts'
import type { WorkerReport } from './messages.ts'
import type { BackendStatus, EndpointStatus, Listening, PlaneStatus } from './report.ts'

type Told = WorkerReport & { readonly worker: { readonly pid: number; readonly startedAt: string } }
type StatusOf = {
  readonly revision: number
  readonly listeners: readonly Listening[]
  readonly config: PlaneConfig | null
  readonly told: readonly Told[]
  readonly health: (backend: string, host: string, port: number) => Pick<EndpointStatus, 'health' | 'why' | 'since'>
}

/** What all workers know, as one: sums of what is in flight, the worst of circuits. */
export function statusOf({ revision, listeners, config, told, health }: StatusOf): PlaneStatus {
  const backends = config?.backends.map(({ name, endpoints }): BackendStatus => {
    const seen = told.flatMap((worker) => worker.backends.filter((each) => each.name === name))
    const circuits = seen.map(({ circuit }) => circuit)
    return {
      backend: name,
      inFlight: seen.reduce((sum, each) => sum + each.inFlight, 0),
      circuit: circuits.includes('open') ? 'open' : circuits.includes('half_open') ? 'half_open' : 'closed',
      endpoints: endpoints.map(({ host, port }) => {
        const here = seen.flatMap((each) =>
          each.endpoints.filter((endpoint) => endpoint.host === host && endpoint.port === port),
        )
        return {
          host,
          port,
          ...health(name, host, port),
          inFlight: here.reduce((sum, each) => sum + each.inFlight, 0),
          ejectedBy: here.filter(({ ejected }) => ejected).length,
        }
      }),
    }
  })
  return {
    revision,
    listeners,
    workers: told.map(({ worker: { pid, startedAt }, connections }) => ({ pid, startedAt, connections })),
    backends: backends ?? [],
  }
}
