import { createServer } from 'node:http'
import { listen } from './listen.ts'

export type Exporter = {
  /** `host:port`, as a scrape target. */
  readonly address: string
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void
  remove(name: string, labels: Readonly<Record<string, string>>): void
  [Symbol.asyncDispose](): Promise<void>
}

/** A `/metrics` endpoint in this process (Prometheus text format 0.0.4), so that a test drives rules by hand. */
export async function startExporter(): Promise<Exporter> {
  const samples = new Map<string, number>()
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end([...samples].map(([series, value]) => `${series} ${formatted(value)}\n`).join(''))
  })
  const { port, close } = await listen(server)
  return {
    address: `127.0.0.1:${port}`,
    set: (name, labels, value) => void samples.set(seriesOf(name, labels), value),
    remove: (name, labels) => void samples.delete(seriesOf(name, labels)),
    [Symbol.asyncDispose]: close,
  }
}

function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}="${escaped(value)}"`)
  return `${name}{${pairs.join(',')}}`
}

function formatted(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}
