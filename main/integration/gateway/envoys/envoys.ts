import type { IncomingMessage, ServerResponse } from 'node:http'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { Clock } from '#main/kernel/clock.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import { AppError } from '#preload/contract/error.ts'
import type { GatewayEnvoys } from '#preload/integration/other-gateways.ts'
import type { Changes } from '../changes.ts'
import { envoyResources } from '../export/envoy.ts'
import { createOfferedFiles } from '../offered-files.ts'
import { createDiscovery, discoveryPaths } from './discovery.ts'

const settingKey = 'gateway.envoys'
const setting = z.object({ port: z.number().int().min(1).max(65_535).nullable().default(null) })
const host = '127.0.0.1'
/** How an Envoy calls where it asks. */
export const discoveryName = 'framework0'
const requestBytes = 1_000_000

/** A port of this machine that answers its own programs only. */
export type Listening = {
  readonly listen: (port: number | null) => Promise<void>
  readonly port: () => number | null
  readonly close: () => void
}

type Ports = {
  readonly settings: Settings
  readonly clock: Clock
  /** Opens what answers the Envoys. */
  readonly listener: (respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>) => Listening
  readonly refusal: string | null
  readonly onChange: () => void
}

export type Envoys = ReturnType<typeof createEnvoys>

/** The Envoys that take their configuration from here: files whose Gateways have the class `envoy`. */
export function createEnvoys({ settings, clock, listener, refusal, onChange }: Ports) {
  const discovery = createDiscovery(clock, onChange)
  const door = listener((request, response) => answer(request, response))
  const files = createOfferedFiles((whole, tell) => discovery.offer(envoyResources(whole, tell)))

  const wanted = async (): Promise<number | null> =>
    refusal === null ? (await settings.get(settingKey, setting)).port : null
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname = '' } = URL.parse(request.url ?? '', `http://${host}`) ?? {}
    const kind = discoveryPaths[pathname as keyof typeof discoveryPaths]
    if (kind === undefined || request.method !== 'POST') return refuse(response, 404, 'Envoys ask here, by POST.')
    const body = await bodyOf(request)
    if (body === null) return refuse(response, 400, 'This is no discovery request.')
    try {
      const answered = discovery.answer(kind, body)
      if (answered === null) return void response.writeHead(304).end()
      const text = JSON.stringify(answered)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      response.end(text)
    } catch (thrown) {
      if (!(thrown instanceof z.ZodError)) throw thrown
      refuse(response, 400, 'This is no discovery request: it names no node.')
    }
  }
  const shown = async (): Promise<GatewayEnvoys> => {
    const port = await wanted()
    const served = door.port() === port
    return {
      port,
      refusal: refusal ?? (served ? null : 'Nobody is answered, perhaps because the port was taken. Save it again.'),
      bootstrap: port === null ? null : bootstrap(port),
      files: files.names(),
      findings: files.findings(),
      envoys: discovery.seen(),
    }
  }

  return {
    get: shown,
    ...{ file: files.file, put: files.put, drop: files.drop },
    /** Why its files are not in force at every Envoy; null when they are. */
    async standing(): Promise<string | null> {
      const { port, refusal: why, envoys } = await shown()
      if (why !== null) return why
      if (port === null) return 'No Envoy can ask for it. Choose a port under Envoys.'
      const present = envoys.filter(({ state }) => state !== 'away')
      if (present.length === 0) return 'No Envoy has asked for it lately. Start one as said under Envoys.'
      const without = present.filter(({ state }) => state !== 'in force').map(({ id }) => id)
      return without.length === 0 ? null : `Not every Envoy has it: ${without.join(', ')}. See under Envoys.`
    },
    /** Answers again after a start. */
    async open(): Promise<void> {
      await door.listen(await wanted())
    },
    set: (port: number | null, changes: Changes) =>
      changes.inTurn(async () => {
        if (refusal !== null) throw new AppError('unsupported', refusal)
        const before = await wanted()
        const served = door.port()
        await door.listen(port)
        try {
          await settings.set(settingKey, { port })
        } catch (thrown) {
          await door.listen(served)
          throw thrown
        }
        onChange()
        return { before: { port: before }, after: await shown() }
      }),
    close: (): void => door.close(),
  }
}

const refuse = (response: ServerResponse, status: number, sentence: string): void =>
  void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`)

/** @returns what it says; null for what is no JSON, or more than an Envoy says. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > requestBytes) return null
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return null
  }
}

/** What an Envoy of this machine is started with. */
function bootstrap(port: number): string {
  const source = {
    resource_api_version: 'V3',
    api_config_source: {
      ...{ api_type: 'REST', transport_api_version: 'V3', cluster_names: [discoveryName] },
      ...{ refresh_delay: '2s', request_timeout: '5s' },
    },
  }
  const endpoint = { address: { socket_address: { address: host, port_value: port } } }
  const whole = {
    node: { id: 'envoy-1', cluster: 'framework0' },
    dynamic_resources: { cds_config: source, lds_config: source },
    static_resources: {
      clusters: [
        {
          ...{ name: discoveryName, type: 'STATIC', connect_timeout: '2s' },
          load_assignment: {
            cluster_name: discoveryName,
            endpoints: [{ lb_endpoints: [{ endpoint }] }],
          },
        },
      ],
    },
  }
  return stringify(whole, { aliasDuplicateObjects: false })
}
