import { expect, it } from 'vitest'
import { dividedPlane } from './divided-plane.ts'
import type { FileConfig, GatewayPlane } from './gateway-plane.ts'

const keyed = (servedBy?: 'envoys'): FileConfig => ({
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
  const there = new Map<string, FileConfig>()
  const plane = dividedPlane(
    {
      serveFile: async (name: string, config: FileConfig) => void here.set(name, config),
      async withdrawFile(name: string) {
        if (withdrawFails) throw new Error('no')
        here.delete(name)
      },
      servedFile: (name: string) => here.get(name) ?? null,
    } as unknown as GatewayPlane,
    {
      put: (name, config) => void there.set(name, config),
      drop: (name) => void there.delete(name),
      file: (name) => there.get(name) ?? null,
    },
  )
  return { plane, here, there }
}

it('gives a file to one gateway at a time, and Envoys no private key of it', async () => {
  const { plane, here, there } = divided()
  await plane.serveFile('shop', keyed())
  expect([[...here.keys()], [...there.keys()]]).toEqual([['shop'], []])
  await plane.serveFile('shop', keyed('envoys'))
  expect([[...here.keys()], [...there.keys()]]).toEqual([[], ['shop']])
  expect(JSON.stringify(there.get('shop'))).toContain('PUBLIC')
  expect(JSON.stringify(there.get('shop'))).not.toContain('PRIVATE')
  await plane.serveFile('shop', keyed())
  expect([[...here.keys()], [...there.keys()]]).toEqual([['shop'], []])
})

it('leaves a file where it is when it cannot be taken from there', async () => {
  const { plane, here, there } = divided(true)
  await plane.serveFile('shop', keyed())
  await expect(plane.serveFile('shop', keyed('envoys'))).rejects.toThrow('no')
  expect([[...here.keys()], [...there.keys()]]).toEqual([['shop'], []])
})
