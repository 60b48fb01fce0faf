import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrations } from '#main/app/migrations.ts'
import { systemClock } from '#main/kernel/clock.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { AppError } from '#preload/contract/error.ts'
import { nothingDesired } from './desired.ts'
import type { Target, Traffic, Workload } from './engine.ts'
import { createMoves } from './moves.ts'
import { createRolloutStore, type RolloutStore, type StoredPlacement } from './store.ts'

const environment = 'staging'
const service = 'checkout'
const at = '2026-01-01T00:00:00.000Z'
const signal = new AbortController().signal

/** A target that takes its time, and says what it was asked for. */
function slowTarget() {
  const asked: string[] = []
  const running = new Map<string, number>()
  let held: Promise<void> = Promise.resolve()
  const target: Target = {
    scale: async ({ version }, replicas) => {
      asked.push(`start ${version}`)
      await held
      running.set(version, replicas)
    },
    observe: async ({ version }) =>
      Array.from({ length: running.get(version) ?? 0 }, (_, index) => ({
        ...{ index, endpoint: { host: '127.0.0.1', port: 1 }, ready: true, hopeless: false, restarts: 0 },
        ...{ reason: null, outOfReach: null, abandoned: false, lastEnd: null, flaps: false },
      })),
    remove: async ({ version }) => {
      asked.push(`end ${version}`)
      running.delete(version)
      return []
    },
    output: async () => [{ instance: 0, text: 'listens with hunter22-hunter22\n' }],
    settle: async () => [],
    sweep: async () => {},
    forget: async () => {
      if (running.size > 0) throw new Error('instances still run')
    },
  }
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    return resolve
  }
  return { target, asked, running, hold }
}
const traffic: Traffic = {
  serve: async () => {},
  withdraw: async () => {},
  measure: async () => [],
  drained: async () => 0,
}

let store: RolloutStore
let close: () => Promise<void>
beforeEach(async () => {
  const opened = await openWorkspace(':memory:', migrations)
  store = createRolloutStore(opened.workspace)
  close = opened.close
  await store.insertService({
    ...{ id: '0198f2a0-0000-7000-8000-000000000001', name: service, description: '', command: ['run'] },
    ...{ healthPath: null, replicas: 1, stopGraceSeconds: 1, memoryMegabytes: null, cpuPercent: null },
    ...{ revision: 1, createdAt: at, updatedAt: at },
  })
  const desired = { ...nothingDesired, versions: [{ version: '1.0.0', replicas: 1, weight: 100 }] }
  await store.insertPlacement({ environment, service, port: 20_000, version: '1.0.0', previous: null, desired }, at)
})
afterEach(() => close())

function moving() {
  const slow = slowTarget()
  const workload = async (_: StoredPlacement, version: string) => {
    if (version === 'locked') throw new AppError('locked', 'The vault is locked.')
    return { environment, service, version, secretEnv: { TOKEN: 'hunter22-hunter22' } as unknown } as Workload
  }
  const moves = createMoves({
    ...{ store, traffic, workload, target: slow.target, clock: systemClock },
    isChanging: async () => false,
  })
  return { ...slow, moves }
}
const seen = async (): Promise<StoredPlacement[]> => store.placements()

describe('what is looked after', () => {
  it('does not start a version that was ended since the look', async () => {
    const { moves, asked, running } = moving()
    await moves.scale(environment, service, '1.0.0', 1, signal)
    const before = await seen()
    await moves.end(environment, service, '1.0.0')
    expect(await moves.reassert(before)).toEqual([])
    expect(running.size).toBe(0)
    expect(asked).toEqual(['start 1.0.0', 'end 1.0.0'])
  })

  it('has started what it starts before the version is ended, so that nothing of it is left', async () => {
    const { moves, asked, running, hold } = moving()
    const release = hold()
    const reasserted = moves.reassert(await seen())
    await expect.poll(() => asked).toEqual(['start 1.0.0'])
    const ended = moves.end(environment, service, '1.0.0')
    release()
    expect(await reasserted).toEqual([])
    await ended
    expect(asked).toEqual(['start 1.0.0', 'end 1.0.0'])
    expect(running.size).toBe(0)
    await moves.withdraw(environment, service)
    expect(await seen()).toEqual([])
  })

  it('is nothing of a service that was withdrawn', async () => {
    const { moves, asked } = moving()
    const before = await seen()
    await moves.end(environment, service, '1.0.0')
    await moves.withdraw(environment, service)
    expect(await moves.reassert(before)).toEqual([])
    expect(asked).toEqual(['end 1.0.0'])
  })
})

describe('what instances wrote', () => {
  it('is told and kept without the secrets of the version', async () => {
    const { moves } = moving()
    const written = [{ instance: 0, text: 'listens with [secret]\n' }]
    expect(await moves.output(environment, service, '1.0.0')).toEqual(written)
    const words = 'Instance 0 of 1.0.0 wrote last:\nlistens with [secret]'
    expect(await moves.lastWords(environment, service, '1.0.0')).toBe(words)
  })

  it('is neither told nor kept while the secrets in it cannot be known', async () => {
    const { moves } = moving()
    await expect(moves.output(environment, service, 'locked')).rejects.toThrow('The vault is locked.')
    const why = 'What locked wrote was not kept. The vault is locked.'
    expect(await moves.lastWords(environment, service, 'locked')).toBe(why)
  })
})
