import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export type AlertmanagerRecipe = {
  /** The configuration file, YAML. */
  readonly config?: string
  /** Gossip on loopback; `peers` are the cluster addresses of those already running. */
  readonly cluster?: { readonly peers: readonly string[] }
  readonly pathPrefix?: string
  /** The `--web.config.file` (TLS, basic auth), YAML. */
  readonly webConfig?: string
  readonly port?: number
}

export type PostableAlert = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly startsAt?: string
  readonly endsAt?: string
  readonly generatorURL?: string
}

export type AlertmanagerPeer = Peer & {
  /** `host:port` of its gossip, or null without a cluster. */
  readonly clusterAddress: string | null
  /** POST /api/v2/alerts, as Prometheus does it. Only for a peer without webConfig. */
  post(alerts: readonly PostableAlert[]): Promise<void>
}

const quietConfig = `
route: { receiver: none, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: none }]
`

/** Starts the real Alertmanager of this machine on a free loopback port. */
export async function startAlertmanager(recipe: AlertmanagerRecipe = {}): Promise<AlertmanagerPeer> {
  const directory = await temporaryDirectory('alertmanager')
  const port = recipe.port ?? (await freePort())
  const clusterAddress = recipe.cluster === undefined ? null : `127.0.0.1:${await freePort()}`
  const scheme = recipe.webConfig?.includes('tls_server_config') ? 'https' : 'http'
  const url = `${scheme}://127.0.0.1:${port}${recipe.pathPrefix ?? ''}`
  await writeFile(join(directory, 'alertmanager.yml'), recipe.config ?? quietConfig)
  if (recipe.webConfig !== undefined) await writeFile(join(directory, 'web.yml'), recipe.webConfig)
  const peer = await startPeer({
    name: 'alertmanager',
    command: 'prometheus-alertmanager',
    args: [
      `--config.file=${join(directory, 'alertmanager.yml')}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=${url}`,
      ...(recipe.pathPrefix === undefined ? [] : [`--web.route-prefix=${recipe.pathPrefix}`]),
      ...(recipe.webConfig === undefined ? [] : [`--web.config.file=${join(directory, 'web.yml')}`]),
      ...clusterArguments(clusterAddress, recipe.cluster?.peers ?? []),
    ],
    url,
    directory,
    ready: async (log) =>
      recipe.webConfig === undefined
        ? (await fetch(`${url}/-/ready`)).ok
        : log().includes('Listening on') || log().includes('TLS is enabled'),
  })
  return { ...peer, clusterAddress, post: (alerts) => post(url, alerts) }
}

function clusterArguments(address: string | null, peers: readonly string[]): readonly string[] {
  if (address === null) return ['--cluster.listen-address=']
  return [
    `--cluster.listen-address=${address}`,
    `--cluster.advertise-address=${address}`,
    '--cluster.gossip-interval=50ms',
    '--cluster.pushpull-interval=1s',
    '--cluster.settle-timeout=1s',
    ...peers.map((peer) => `--cluster.peer=${peer}`),
  ]
}

async function post(url: string, alerts: readonly PostableAlert[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  })
  if (!response.ok) throw new Error(`Alertmanager did not take the alerts: ${response.status} ${await response.text()}`)
}
