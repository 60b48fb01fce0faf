import type { PlaneConfigInput } from './plane/config.ts'
import type { AccessEntry, PlaneStatus, RouteMeasurement } from './plane/report.ts'

/** Gateways that are not ours, by their kind: Envoys ask here, Kongs are given what is theirs. */
export type OtherGateways = 'envoys' | 'kongs'

/** What a file says, and which others serve it instead of the gateway of this machine. */
export type FileConfig = PlaneConfigInput & { readonly servedBy?: OtherGateways | undefined }

export type TakenListener = {
  readonly kind: 'file' | 'service'
  readonly owner: string
  readonly listener: PlaneConfigInput['listeners'][number]
}

/** The gateway of this machine, wherever it runs. */
export type GatewayPlane = {
  /** In force for every new request when it resolves. @throws AppError when a port is taken; then nothing changed. */
  readonly serveFile: (name: string, config: FileConfig) => Promise<void>
  readonly withdrawFile: (name: string) => Promise<void>
  /** What was put in force by `serveFile`, and not withdrawn. */
  readonly servedFile: (name: string) => FileConfig | null
  /** Why nobody is answered at listeners of files that are in force, by file; empty text where all are open. */
  readonly shut: () => Promise<ReadonlyMap<string, string>>
  /** Every listener that is wanted in force, and whose it is. */
  readonly taken: () => readonly TakenListener[]
  /** Every route with each of its backends, as they are in force. */
  readonly pairs: () => readonly (readonly [route: string, backend: string])[]
  readonly status: () => Promise<PlaneStatus | null>
  readonly measure: (since: string) => Promise<readonly RouteMeasurement[]>
  readonly accessLog: (input: { readonly route?: string; readonly limit: number }) => Promise<readonly AccessEntry[]>
  /** Null where no gateway runs. */
  readonly metrics: () => Promise<string | null>
  /** Serves them on a port of this machine; null ends it. @throws AppError when it is taken; then nothing changed. */
  readonly serveMetrics: (port: number | null) => Promise<void>
  readonly metricsPort: () => Promise<number | null>
}
