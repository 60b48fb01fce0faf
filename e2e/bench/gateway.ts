import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startHaproxy } from '#e2e/app/peers/haproxy.ts'
import { listens, nginxOf, startNginx } from '#e2e/app/peers/nginx.ts'
import { freePort, type Peer, startPeer, temporaryDirectory } from '#e2e/app/peers/peer.ts'
import { type Load, type LoadOptions, wrk } from '#e2e/app/peers/wrk.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import { hashApiKey } from '#main/integration/gateway/plane/credentials.ts'
import { createGatewayPrimary, type GatewayPrimary } from '#main/integration/gateway/plane/primary.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { type Row, residentMiB, show, spread } from './measure.ts'

const seconds = Number(process.env.BENCH_SECONDS ?? 30)
const runs = 3
const bodyBytes = 1_024
const idleConnections = 10_000
/** Ticks of /proc are hundredths of a second on Linux. */
const tickMs = 10

const cpuMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

type Measured = { readonly cpuUs: number; readonly load: Load }

/** CPU of one process per request, over a run under full load. */
async function measured(pid: number, options: LoadOptions): Promise<Measured> {
  await wrk({ ...options, seconds: 1 })
  const before = cpuMs(pid)
  const load = await wrk(options)
  return { cpuUs: ((cpuMs(pid) - before) * 1_000) / load.requests, load }
}

const config = (
  upstream: number,
  rule: Partial<PlaneConfigInput['routes'][number]['rules'][number]> = {},
): PlaneConfigInput => ({
  listeners: [{ name: 'web', port: 0, protocol: 'http' }],
  routes: [{ name: 'all', listeners: ['web'], rules: [{ backends: [{ backend: 'b' }], ...rule }] }],
  backends: [{ name: 'b', endpoints: [{ host: '127.0.0.1', port: upstream }] }],
  consumers: [{ name: 'bench', apiKeyHashes: [hashApiKey('bench')] }],
})

export async function gatewayRows(): Promise<Row[]> {
  const upstream = await freePort()
  await using _upstream = await startNginx(upstream, nginxOf(upstream, bodyBytes))
  const primary = createGatewayPrimary({
    workerEntry: resolve('main/app/gateway-worker.ts'),
    workers: 1,
    log: silentLog,
  })
  try {
    const { listeners } = await primary.apply(config(upstream))
    const url = `http://127.0.0.1:${listeners[0]?.port}/`
    return [
      ...(await perRequest(primary, url, upstream)),
      await guarded(primary, url, upstream),
      await scaling(upstream),
      ...(await manyConnections(primary, url)),
      await reconfigured(primary, upstream),
      await idle(primary, listeners[0]?.port ?? 0),
    ]
  } finally {
    await primary.close(1_000)
  }
}

const workerPid = async (primary: GatewayPrimary): Promise<number> => (await primary.status()).workers[0]?.pid ?? 0

/** Ours and the peers take turns, so that a noisy minute hits all of them. */
async function perRequest(primary: GatewayPrimary, url: string, upstream: number): Promise<Row[]> {
  const [nginxPort, haproxyPort] = [await freePort(), await freePort()]
  const proxy = `upstream u { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; } server { listen 127.0.0.1:${nginxPort}; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_pass http://u; } }`
  await using nginx = await startNginx(nginxPort, proxy)
  await using haproxy = await startHaproxy(haproxyPort, upstream)
  const fastifyPort = await freePort()
  await using fastify = await startFastifyProxy(fastifyPort, upstream)
  const results: Record<'ours' | 'nginx' | 'haproxy' | 'fastify', Measured[]> = {
    ...{ ours: [], nginx: [], haproxy: [], fastify: [] },
  }
  const pid = await workerPid(primary)
  for (let run = 0; run < runs; run++) {
    const each = { connections: 64, seconds: seconds / runs }
    results.ours.push(await measured(pid, { ...each, url }))
    results.nginx.push(await measured(nginx.pid, { ...each, url: nginx.url }))
    results.haproxy.push(await measured(haproxy.pid, { ...each, url: haproxy.url }))
    results.fastify.push(await measured(fastify.pid, { ...each, url: fastify.url }))
  }
  const cpu = (name: keyof typeof results) => spread(results[name].map(({ cpuUs }) => cpuUs))
  const rate = (name: keyof typeof results) => spread(results[name].map(({ load }) => load.perSecond))
  const over = (name: keyof typeof results): string => (cpu(name).median / cpu('ours').median).toFixed(2)
  const failed = results.ours.reduce((sum, { load }) => sum + load.failed, 0)
  return [
    {
      what: 'Gateway, CPU per request, 64 connections, 1 KB',
      ours: `${show(cpu('ours'), 'µs', 1)}; ${over('nginx')} × nginx, ${over('fastify')} × @fastify/http-proxy per core; ${failed} failed`,
      peer: `nginx ${show(cpu('nginx'), 'µs', 1)}; HAProxy ${show(cpu('haproxy'), 'µs', 1)}; @fastify/http-proxy ${show(cpu('fastify'), 'µs', 1)}`,
      goal: '≥ 0.3 × nginx, ≥ 1.5 × @fastify/http-proxy',
    },
    {
      what: 'Gateway, requests per second, 64 connections, 1 worker',
      ours: show(rate('ours'), '/s'),
      peer: `nginx ${show(rate('nginx'), '/s')}; HAProxy ${show(rate('haproxy'), '/s')}; @fastify/http-proxy ${show(rate('fastify'), '/s')}`,
    },
  ]
}

async function startFastifyProxy(port: number, upstream: number): Promise<Peer> {
  return startPeer({
    name: 'fastify-proxy',
    command: process.execPath,
    args: [resolve('e2e/bench/fastify-proxy.process.ts'), String(port), String(upstream)],
    ...{ url: `http://127.0.0.1:${port}`, directory: await temporaryDirectory('fastify-proxy'), cwd: process.cwd() },
    ready: () => listens(port),
  })
}

/** All cores are shared with the load and the upstream, so that beyond the first there is little left to win here. */
async function scaling(upstream: number): Promise<Row> {
  const rates: string[] = []
  for (const workers of [1, cpus().length]) {
    const primary = createGatewayPrimary({
      workerEntry: resolve('main/app/gateway-worker.ts'),
      workers,
      log: silentLog,
    })
    const { listeners } = await primary.apply(config(upstream))
    const url = `http://127.0.0.1:${listeners[0]?.port}/`
    await wrk({ url, connections: 64, seconds: 1 })
    const { perSecond } = await wrk({ url, connections: 64, seconds: seconds / runs })
    await primary.close(1_000)
    rates.push(`${workers}: ${perSecond.toFixed(0)}/s`)
  }
  return {
    what: 'Gateway, requests per second by workers, load and upstream on the same cores',
    ours: rates.join(', '),
  }
}

async function guarded(primary: GatewayPrimary, url: string, upstream: number): Promise<Row> {
  const pid = await workerPid(primary)
  const options = { url, connections: 64, seconds: seconds / runs, headers: { 'x-api-key': 'bench' } }
  const plain = await measured(pid, options)
  const auth = { schemes: [{ kind: 'apiKey' as const }] }
  const rateLimit = { requests: 100_000, windowMs: 1_000, per: 'consumer' as const }
  await primary.apply(config(upstream, { auth, rateLimit }))
  const own = process.cpuUsage()
  const full = await measured(pid, options)
  const { user, system } = process.cpuUsage(own)
  await primary.apply(config(upstream))
  const inPrimary = (user + system) / full.load.requests
  return {
    what: 'Gateway, API key and exact rate limit, CPU per request more than without',
    ours: `${(full.cpuUs - plain.cpuUs).toFixed(1)} µs in the worker, ${inPrimary.toFixed(1)} µs in the primary; ${full.load.failed} failed`,
  }
}

async function manyConnections(primary: GatewayPrimary, url: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const connections of [1_000, 10_000]) {
    const load = await wrk({ url, connections, seconds: seconds / runs })
    const [measurement] = await primary.measure({ route: 'all' })
    const failures = measurement
      ? Object.values(measurement.totals.failures).reduce((sum, count) => sum + count, 0)
      : Number.NaN
    rows.push({
      what: `Gateway, p99 with ${connections.toLocaleString('en')} active connections`,
      ours: `${load.p99Ms.toFixed(0)} ms; ${load.perSecond.toFixed(0)} requests/s; ${load.failed} failed, ${failures} upstream failures`,
      ...(connections === 1_000 ? { goal: 'no timeout' } : {}),
    })
  }
  return rows
}

async function reconfigured(primary: GatewayPrimary, upstream: number): Promise<Row> {
  const base = config(upstream)
  const routes = (turn: number): PlaneConfigInput['routes'] =>
    Array.from({ length: 1_000 }, (_, index) => ({
      name: `route-${index}`,
      listeners: ['web'],
      hostnames: [`host-${index % 100}.example`],
      rules: [
        {
          matches: [{ path: { kind: 'prefix' as const, value: `/service-${index}/v${turn}` } }],
          backends: [{ backend: 'b' }],
        },
      ],
    }))
  const times: number[] = []
  for (let turn = 0; turn < 15; turn++) {
    const next = { ...base, routes: routes(turn) }
    const started = performance.now()
    await primary.apply(next)
    times.push(performance.now() - started)
  }
  await primary.apply(base)
  return {
    what: 'Gateway, a configuration of 1,000 routes put in force',
    ours: show(spread(times), 'ms'),
    goal: '< 50 ms',
  }
}

/** Each connection has made one request, so that everything a connection ever needs is there. */
async function idle(primary: GatewayPrimary, port: number): Promise<Row> {
  await primary.upgrade()
  const pid = await workerPid(primary)
  const sockets: Socket[] = []
  await open(port, 500, sockets)
  await sleep(2_000)
  const before = residentMiB(pid)
  await open(port, idleConnections, sockets)
  await sleep(5_000)
  const perConnection = ((residentMiB(pid) - before) * 1_024) / idleConnections
  const { workers } = await primary.status()
  const connections = workers.find((worker) => worker.pid === pid)?.connections ?? 0
  for (const socket of sockets) socket.destroy()
  return {
    what: `Gateway, memory per idle connection, ${connections.toLocaleString('en')} open`,
    ours: `${perConnection.toFixed(1)} kB`,
    goal: '≤ 20 kB',
  }
}

async function open(port: number, count: number, sockets: Socket[]): Promise<void> {
  const batch = 200
  for (let index = 0; index < count; index += batch)
    await Promise.all(
      Array.from({ length: batch }, async () => {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        socket.write('GET / HTTP/1.1\r\nHost: idle.example\r\n\r\n')
        await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject))
        socket.resume()
      }),
    )
}
