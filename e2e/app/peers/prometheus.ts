import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually, freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export type ScrapeTarget = {
  readonly job: string
  /** `host:port`; its `/metrics` is scraped. */
  readonly address: string
  readonly labels?: Readonly<Record<string, string>>
}

export type PrometheusRecipe = {
  /** A rule file, YAML. */
  readonly rules?: string
  /** URLs of Alertmanagers. */
  readonly alertmanagers?: readonly string[]
  readonly targets?: readonly ScrapeTarget[]
  /** `/prom` serves everything below that path. */
  readonly pathPrefix?: string
  /** A folder of files that name targets (`file_sd_configs`), which may come and go. */
  readonly discovery?: string
  readonly scrapeInterval?: string
  readonly externalLabels?: Readonly<Record<string, string>>
  /** The `--web.config.file` (TLS, basic auth), YAML. */
  readonly webConfig?: string
  /** Files that webConfig names, by their name. */
  readonly files?: Readonly<Record<string, string>>
  /** OpenMetrics text with timestamps, turned into blocks before the start. */
  readonly backfill?: string
  readonly port?: number
}

export type PrometheusPeer = Peer & {
  /** Replaces the rules if given, and returns when the configuration is loaded again. */
  reload(change?: { readonly rules?: string }): Promise<void>
}

const run = promisify(execFile)

/** Starts the real Prometheus of this machine on a free loopback port, with admin API and remote-write receiver. */
export async function startPrometheus(recipe: PrometheusRecipe = {}): Promise<PrometheusPeer> {
  const directory = await temporaryDirectory('prometheus')
  const port = recipe.port ?? (await freePort())
  const scheme = recipe.webConfig?.includes('tls_server_config') ? 'https' : 'http'
  const url = `${scheme}://127.0.0.1:${port}${recipe.pathPrefix ?? ''}`
  await writeConfiguration(directory, recipe)
  if (recipe.backfill !== undefined) await backfill(directory, recipe.backfill)
  const peer = await startPeer({
    name: 'prometheus',
    command: 'prometheus',
    args: argumentsOf(directory, port, url, recipe),
    url,
    directory,
    ready: (log) => log().includes('Server is ready to receive web requests'),
  })
  return { ...peer, reload: (change) => reload(peer, change?.rules) }
}

/** What `promtool` has to say against metrics in text format; rejects when it is an error. */
export async function checkMetrics(text: string): Promise<string> {
  const checking = run('promtool', ['check', 'metrics'])
  checking.child.stdin?.end(text)
  const { stdout, stderr } = await checking
  return stdout + stderr
}

function argumentsOf(directory: string, port: number, url: string, recipe: PrometheusRecipe): readonly string[] {
  return [
    `--config.file=${join(directory, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(directory, 'tsdb')}`,
    '--storage.tsdb.retention.time=10y',
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.external-url=${url}`,
    '--web.enable-lifecycle',
    '--web.enable-admin-api',
    '--web.enable-remote-write-receiver',
    ...(recipe.pathPrefix === undefined ? [] : [`--web.route-prefix=${recipe.pathPrefix}`]),
    ...(recipe.webConfig === undefined ? [] : [`--web.config.file=${join(directory, 'web.yml')}`]),
  ]
}

async function writeConfiguration(directory: string, recipe: PrometheusRecipe): Promise<void> {
  const interval = recipe.scrapeInterval ?? '1s'
  const configuration = {
    global: {
      scrape_interval: interval,
      scrape_timeout: interval,
      evaluation_interval: interval,
      external_labels: recipe.externalLabels ?? {},
    },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: (recipe.alertmanagers ?? []).map(alertmanagerOf) },
    scrape_configs: [
      ...(recipe.targets ?? []).map((target) => ({
        job_name: target.job,
        static_configs: [{ targets: [target.address], labels: target.labels ?? {} }],
      })),
      ...(recipe.discovery === undefined
        ? []
        : [{ job_name: 'discovered', file_sd_configs: [{ files: [join(recipe.discovery, '*.json')] }] }]),
    ],
  }
  // JSON is YAML.
  await writeFile(join(directory, 'prometheus.yml'), JSON.stringify(configuration))
  await writeFile(join(directory, 'rules.yml'), recipe.rules ?? 'groups: []\n')
  for (const [name, text] of Object.entries(recipe.files ?? {})) await writeFile(join(directory, name), text)
  if (recipe.webConfig !== undefined) await writeFile(join(directory, 'web.yml'), recipe.webConfig)
}

function alertmanagerOf(address: string): object {
  const url = new URL(address)
  return {
    scheme: url.protocol.slice(0, -1),
    path_prefix: url.pathname,
    static_configs: [{ targets: [url.host] }],
  }
}

async function backfill(directory: string, openMetrics: string): Promise<void> {
  const source = join(directory, 'history.om')
  const blocks = join(directory, 'tsdb')
  await mkdir(blocks, { recursive: true })
  await writeFile(source, openMetrics)
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', source, blocks])
}

/** By SIGHUP, not `/-/reload`: it works the same behind TLS and basic auth. */
async function reload(peer: Peer, rules: string | undefined): Promise<void> {
  if (rules !== undefined) await writeFile(join(peer.directory, 'rules.yml'), rules)
  const count = (text: string) => peer.log().split(text).length
  const loaded = count('Completed loading of configuration file')
  const failed = count('Error reloading config')
  peer.kill('SIGHUP')
  const done = await eventually(
    () => count('Completed loading of configuration file') > loaded || count('Error reloading config') > failed,
  )
  if (!done || count('Error reloading config') > failed)
    throw new Error(`Prometheus did not take the configuration:\n${peer.log().slice(-2_000)}`)
}
