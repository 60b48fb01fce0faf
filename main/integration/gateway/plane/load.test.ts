import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { haproxyAvailable, startHaproxy } from '#e2e/app/peers/haproxy.ts'
import { nginxAvailable, nginxOf, startNginx } from '#e2e/app/peers/nginx.ts'
import { freePort } from '#e2e/app/peers/peer.ts'
import { wrk, wrkAvailable } from '#e2e/app/peers/wrk.ts'
import type { PlaneConfigInput } from './config.ts'
import { backend, get, plane, route } from './plane.fixture.ts'

const nginx = async (bytes: number) => {
  const port = await freePort()
  return { port, peer: await startNginx(port, nginxOf(port, bytes)) }
}

describe.runIf(nginxAvailable() && wrkAvailable())('before real nginx, at full load', () => {
  it('loses no request over a rollout: weights, drain, the old one gone, reloads and an upgrade', {
    timeout: 60_000,
  }, async () => {
    const [blue, green] = await Promise.all([nginx(1_024), nginx(1_025)])
    await using _green = green.peer
    const config = (weights: [number, number]): PlaneConfigInput => ({
      listeners: [{ name: 'web', port: 0, protocol: 'http' }],
      routes: [
        route('all', {
          backends: [
            { backend: 'blue', weight: weights[0] },
            { backend: 'green', weight: weights[1] },
          ],
        }),
      ],
      backends: [backend('blue', blue.port), backend('green', green.port)],
    })
    await using gateway = await plane(config([100, 0]), 2)
    const { primary, port } = gateway
    const running = wrk({ url: `http://127.0.0.1:${port}/`, connections: 64, seconds: 6 })
    for (const share of [20, 60, 100]) {
      await sleep(400)
      await primary.apply(config([100 - share, share]))
    }
    expect((await primary.drained({ backend: 'blue', timeoutMs: 3_000 })).drained).toBe(true)
    await blue.peer.stop()
    await primary.upgrade()
    await sleep(500)
    for (let reload = 0; reload < 5; reload++) await primary.apply(config([0, 100]))
    await primary.upgrade()
    const load = await running
    expect(load.failed).toBe(0)
    expect(load.requests).toBeGreaterThan(3_000)
    const measured = await primary.measure({ route: 'all' })
    expect(measured.map(({ totals }) => totals.failures)).toEqual(
      measured.map(() => ({ upstream5xx: 0, connection: 0, timeout: 0 })),
    )
    expect(measured.every(({ totals }) => totals.requests > 100)).toBe(true)
  })
})

describe.runIf(haproxyAvailable() && nginxAvailable())('behind a real HAProxy', () => {
  it('takes the client from the PROXY header that it sends', async () => {
    const { port, peer } = await nginx(10)
    await using _peer = peer
    await using gateway = await plane({
      listeners: [{ name: 'web', port: 0, protocol: 'http', acceptProxyProtocol: true }],
      routes: [route('all', { backends: [{ backend: 'b' }] })],
      backends: [backend('b', port)],
    })
    const front = await freePort()
    await using _front = await startHaproxy(front, gateway.port, true)
    for (let index = 0; index < 5; index++)
      expect((await get(front, '/', { from: '127.0.0.9' })).body).toBe('xxxxxxxxxx')
    expect((await gateway.primary.accessLog({ limit: 1 }))[0]?.client).toBe('127.0.0.9')
  })
})
