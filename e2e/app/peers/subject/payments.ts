import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/**
 * A second real service, which measures itself with OpenTelemetry by the semantic conventions for HTTP servers, shows that
 * at /metrics, and tells a Prometheus in a file of the folder DISCOVERY where it is.
 */
const { version, failEvery = 0, delayMs = 0 } = JSON.parse(readFileSync('subject.json', 'utf8'))
const { PORT: port, HOST: host = '127.0.0.1', DISCOVERY: discovery = '.' } = process.env

const exporter = new PrometheusExporter({ preventServerStart: true, withoutTargetInfo: true })
const meters = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': 'payments', 'service.version': version }),
  readers: [exporter],
})
const duration = meters.getMeter('payments').createHistogram('http.server.request.duration', {
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] },
})

let served = 0
const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok')
  if (request.url === '/metrics') return exporter.getMetricsRequestHandler(request, response)
  const began = performance.now()
  const status = failEvery > 0 && ++served % failEvery === 0 ? 500 : 200
  setTimeout(() => {
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.end(`version ${version}\n`)
    const attributes = { 'http.request.method': request.method ?? '', 'http.response.status_code': status }
    duration.record((performance.now() - began) / 1_000, attributes)
  }, delayMs)
})

const file = join(discovery, `${port}.json`)
server.listen(Number(port), host, () => {
  mkdirSync(discovery, { recursive: true })
  writeFileSync(file, JSON.stringify([{ targets: [`${host}:${port}`], labels: { service_version: version } }]))
  process.stdout.write(`${version} listens\n`)
})
process.on('SIGTERM', () => {
  rmSync(file, { force: true })
  server.close(() => process.exit(0))
})
