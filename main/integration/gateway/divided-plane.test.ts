import { expect, it } from 'vitest'
import { dividedPlane } from './divided-plane.ts'
import type { FileConfig, GatewayPlane, OtherGateways } from './gateway-plane.ts'

const keyed = (servedBy?: OtherGateways): FileConfig => ({
  listeners: [
    {
      ...{ name: 'web', port: 8443, protocol: 'https' },
      certificates: [{ certificate: 'PUBLIC', privateKey: 'PRIVATE' }],
    },
  ],
  ...{ routes: [], backends: [] },
  ...(servedBy ? { servedBy } : {}),
})

function divided(withdrawFails = false) {
  const here = new Map<string, FileConfig>()
  const there = { envoys: new Map<string, FileConfig>(), kongs: new Map<string, FileConfig>() }
  const other = (files: Map<string, FileConfig>) => ({
    put: (name: string, config: FileConfig) => void files.set(name, config),
    drop: (name: string) => void files.delete(name),
    file: (name: string) => files.get(name) ?? null,
  })
  const plane = dividedPlane(
    {
      serveFile: async (name: string, config: FileConfig) => void here.set(name, config),
      async withdrawFile(name: string) {
        if (withdrawFails) throw new Error('no')
        here.delete(name)
      },
      servedFile: (name: string) => here.get(name) ?? null,
    } as unknown as GatewayPlane,
    { envoys: other(there.envoys), kongs: other(there.kongs) },
  )
  const where = () =>
    Object.entries({ here, ...there }).flatMap(([name, files]) => [...files.keys()].map((file) => `${file} ${name}`))
  return { plane, there, where }
}

it('gives a file to one gateway at a time, and others no private key of it', async () => {
  const { plane, there, where } = divided()
  await plane.serveFile('shop', keyed())
  expect(where()).toEqual(['shop here'])
  for (const kind of ['envoys', 'kongs', 'envoys'] as const) {
    await plane.serveFile('shop', keyed(kind))
    expect(where()).toEqual([`shop ${kind}`])
    expect(JSON.stringify(there[kind].get('shop'))).toContain('PUBLIC')
    expect(JSON.stringify(there[kind].get('shop'))).not.toContain('PRIVATE')
    expect(plane.servedFile('shop')?.servedBy).toBe(kind)
  }
  await plane.serveFile('shop', keyed())
  expect(where()).toEqual(['shop here'])
  await plane.serveFile('shop', keyed('kongs'))
  await plane.withdrawFile('shop')
  expect(where()).toEqual([])
})

it('leaves a file where it is when it cannot be taken from there', async () => {
  const { plane, where } = divided(true)
  await plane.serveFile('shop', keyed())
  await expect(plane.serveFile('shop', keyed('kongs'))).rejects.toThrow('no')
  expect(where()).toEqual(['shop here'])
})
