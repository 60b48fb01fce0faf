import { z } from 'zod'
import type { Settings } from '#main/kernel/settings/settings.ts'
import { AppError } from '#preload/contract/error.ts'
import type { GatewayMetricsListener } from '#preload/integration/gateway.ts'
import type { Changes } from './changes.ts'
import type { GatewayPlane } from './gateway-plane.ts'

const settingKey = 'gateway.metrics'
const setting = z.object({ port: z.number().int().min(1).max(65_535).nullable().default(null) })

type Ports = {
  readonly settings: Settings
  readonly plane: Pick<GatewayPlane, 'serveMetrics' | 'metricsPort'>
  readonly refusal: string | null
  readonly changes: Changes
  readonly onChange: () => void
}

/** Where a Prometheus scrapes the gateway: an address of this machine, as long as somebody wants one. */
export function createMetricsAddress({ settings, plane, refusal, changes, onChange }: Ports) {
  const wanted = async (): Promise<number | null> =>
    refusal === null ? (await settings.get(settingKey, setting)).port : null

  const shown = async (): Promise<GatewayMetricsListener> => {
    const port = await wanted()
    if (port === null) return { port, address: null, refusal, scrapeConfig: null }
    const served = (await plane.metricsPort()) === port
    return {
      port,
      address: `http://127.0.0.1:${port}/metrics`,
      refusal: served ? null : 'It is not served, perhaps because its port was taken. Save it again.',
      scrapeConfig: scrapeConfig(port),
    }
  }

  const set = async (port: number | null) => {
    if (refusal !== null) throw new AppError('unsupported', refusal)
    const before = await wanted()
    const served = await plane.metricsPort()
    await plane.serveMetrics(port)
    try {
      await settings.set(settingKey, { port })
    } catch (thrown) {
      await plane.serveMetrics(served)
      throw thrown
    }
    onChange()
    return { before: { port: before }, after: await shown() }
  }

  return { wanted, get: shown, set: (port: number | null) => changes.inTurn(() => set(port)) }
}

const scrapeConfig = (port: number): string => `scrape_configs:
  - job_name: framework0-gateway
    static_configs:
      - targets: ["127.0.0.1:${port}"]
`
