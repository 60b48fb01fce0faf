import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createSupervisor } from '#main/engines/supervisor/supervisor.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import { createGatewayPrimary, type GatewayPrimary } from '#main/integration/gateway/plane/primary.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { type Log, openLog } from '#main/kernel/log/log.ts'
import { serveChannel } from '#main/kernel/worker/channel.ts'
import { socketPort } from '#main/kernel/worker/lines.ts'
import { agentFolder } from './agent-folder.ts'
import { createKeyMemory } from './agent-keys.ts'
import { createMetricsListener } from './agent-metrics.ts'
import { claim } from './instance.ts'
import { places } from './places.ts'

/**
 * Entry of the agent: the process that holds the services deployed to this machine, and goes on when the application is
 * closed or dies. One for each data folder; it answers on an owner-only socket, and ends by itself when nobody is
 * connected and it holds nothing.
 */
const looksEveryMs = 2_000
const closesWithinMs = 5_000

/** What the application asks of the agent. */
export type AgentMethods = ReturnType<typeof compose>['methods']
type Nothing = Readonly<Record<string, never>>
export type AgentEvents = { readonly process: { readonly key: string } }

function compose(dataFolder: string, log: Log) {
  const { path } = agentFolder(dataFolder)
  const listeners = new Set<(name: string, payload: unknown) => void>()
  const emit = <K extends keyof AgentEvents>(name: K, payload: AgentEvents[K]): void => {
    for (const listener of listeners) listener(name, payload)
  }
  const supervisor = createSupervisor({
    folder: path,
    clock: systemClock,
    onChange: ({ key }) => emit('process', { key }),
  })
  const keys = createKeyMemory()
  let gateway: GatewayPrimary | null = null
  let listening = 0
  const metrics = createMetricsListener(async () => (await gateway?.metrics()) ?? '')
  const serving = (): GatewayPrimary => {
    gateway ??= createGatewayPrimary({ workerEntry: places(import.meta.filename).gatewayWorker, workers: 1, log })
    return gateway
  }
  const configure = async (config: PlaneConfigInput, apply: GatewayPrimary['apply']): ReturnType<typeof apply> => {
    if (gateway === null && config.listeners.length === 0) return { revision: 0, listeners: [] }
    const whole = keys.filled(config)
    const applied = await apply(whole)
    keys.keep(whole)
    listening = applied.listeners.length
    return applied
  }
  const methods = {
    ensure: supervisor.ensure,
    processes: supervisor.list,
    stop: supervisor.stop,
    remove: supervisor.remove,
    output: supervisor.output,
    /** Puts the whole configuration of the gateway in force. */
    configureGateway: (config: PlaneConfigInput) => configure(config, (whole) => serving().apply(whole)),
    /** As `configureGateway`, yet a port that is taken keeps only its own listeners from being served. */
    takeUpGateway: (config: PlaneConfigInput) => configure(config, (whole) => serving().applyPartly(whole)),
    measureTraffic: async (input: Parameters<GatewayPrimary['measure']>[0]) => (await gateway?.measure(input)) ?? [],
    drainTraffic: async (input: Parameters<GatewayPrimary['drained']>[0]) =>
      (await gateway?.drained(input)) ?? { drained: true, inFlight: 0 },
    /** Null where no gateway runs. */
    trafficStatus: async (_: Nothing) => (await gateway?.status()) ?? null,
    accessLog: async (input: Parameters<GatewayPrimary['accessLog']>[0]) => (await gateway?.accessLog(input)) ?? [],
    /** Prometheus text; null where no gateway runs. */
    trafficMetrics: async (_: Nothing) => (await gateway?.metrics()) ?? null,
    serveMetrics: ({ port }: { readonly port: number | null }) => metrics.listen(port),
    metricsPort: async (_: Nothing) => metrics.port(),
  }
  return {
    methods,
    listeners,
    busy: () => supervisor.count() > 0 || listening > 0 || metrics.port() !== null,
    async close() {
      supervisor.release()
      metrics.close()
      await gateway?.close(closesWithinMs)
    },
  }
}

async function main(dataFolder: string): Promise<void> {
  const { path, socket, log: logFile } = agentFolder(dataFolder)
  const instance = claim(path)
  if (!instance) return // another agent has the folder
  const log = openLog(logFile)
  const agent = compose(dataFolder, log)
  const connected = new Set<Socket>()
  const server = createServer((connection) => {
    connected.add(connection)
    const announce = serveChannel(socketPort(connection), agent.methods)
    agent.listeners.add(announce)
    connection.on('error', () => {})
    connection.on('close', () => {
      connected.delete(connection)
      agent.listeners.delete(announce)
    })
  })
  if (process.platform !== 'win32') rmSync(socket, { force: true })
  server.listen(socket, () => {
    if (process.platform !== 'win32') chmodSync(socket, 0o600)
    log.info('agent started', { pid: process.pid })
  })
  // Tells scripts whom to end; the socket and the lock tell whether it runs.
  writeFileSync(join(path, 'agent.pid'), String(process.pid), { mode: 0o600 })
  let idle = 0
  const stop = async (): Promise<void> => {
    clearInterval(looking)
    server.close()
    for (const connection of connected) connection.destroy()
    await agent.close()
    await instance.release()
    log.info('agent stopped', {})
    process.exit(0)
  }
  const looking = setInterval(() => {
    idle = connected.size > 0 || agent.busy() ? 0 : idle + 1
    if (idle > 1) void stop()
  }, looksEveryMs)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
}

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('The agent needs the data folder.')
await main(folder)
