import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventually } from '#e2e/app/peers/peer.ts'
import { iso, manualClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { AppError } from '#preload/contract/error.ts'
import { backoffMs } from './backoff.ts'
import { type FollowerPorts, type Step, startFollower } from './follower.ts'
import { fromTheStart, type Progress } from './progress.ts'

/** A follower whose steps are given, whose waits are over at once, and whose progress is kept here. */
function bench(steps: readonly (Step | Error)[], changes: Partial<FollowerPorts> = {}) {
  const clock = manualClock()
  const kept: Progress[] = [fromTheStart]
  const waits: number[] = []
  let taken = 0
  const ports: FollowerPorts = {
    name: 'test',
    clock,
    log: silentLog,
    random: () => 0,
    wait: (ms, signal) => {
      waits.push(ms)
      if (ms === 60_000) return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      clock.advance(ms)
      return new Promise((resolve) => setImmediate(resolve))
    },
    load: () => Promise.resolve(kept.at(-1) ?? fromTheStart),
    save: (progress) => {
      kept.push(progress)
      return Promise.resolve(true)
    },
    step: () => {
      const step = steps[taken++] ?? { kind: 'idle' }
      return step instanceof Error ? Promise.reject(step) : Promise.resolve(step)
    },
    end: () => Promise.resolve(),
    ...changes,
  }
  return { clock, kept, waits, taken: () => taken, ports }
}

const failed: Step = { kind: 'failed', error: new AppError('unreachable', 'It is away.') }

describe('a follower of the log', () => {
  it('keeps its cursor after each step and sleeps when there is no more', async () => {
    const { kept, waits, ports } = bench([
      { kind: 'moved', cursor: 4 },
      { kind: 'moved', cursor: 9 },
    ])
    const follower = startFollower(ports)
    expect(await eventually(() => waits.includes(60_000))).toBe(true)
    expect(kept.map(({ cursor }) => cursor)).toEqual([0, 4, 9])
    await follower.stop()
  })

  it('never misses what is appended while it works', async () => {
    let wake = () => {}
    let steps = 0
    const { waits, ports } = bench([], {
      step: () => {
        steps++
        if (steps === 1) wake()
        return Promise.resolve({ kind: 'idle' })
      },
    })
    const follower = startFollower(ports)
    wake = follower.wake
    expect(await eventually(() => waits.includes(60_000))).toBe(true)
    expect(steps).toBe(2)
    await follower.stop()
  })

  it('keeps why it failed and when it tries again, and forgets both when it works', async () => {
    const { kept, waits, ports } = bench([failed, new Error('a defect with a secret'), { kind: 'moved', cursor: 3 }])
    const follower = startFollower(ports)
    expect(await eventually(() => waits.includes(60_000))).toBe(true)
    expect(kept[1]).toMatchObject({ cursor: 0, failures: 1, error: { message: 'It is away.' } })
    expect(kept[2]).toMatchObject({ failures: 2, error: { code: 'internal' } })
    expect(JSON.stringify(kept)).not.toContain('secret')
    expect(kept[3]).toMatchObject({ cursor: 3, failures: 0, error: null, nextAttemptAt: null })
    expect(waits).toEqual([500, 1_000, 60_000])
    await follower.stop()
  })

  it('does not wait for years when the clock was set back', async () => {
    const { clock, kept, ports } = bench([{ kind: 'moved', cursor: 1 }])
    kept.push({ ...fromTheStart, failures: 1, nextAttemptAt: iso(clock.now() + 365 * 86_400_000) })
    const follower = startFollower(ports)
    expect(await eventually(() => kept.at(-1)?.cursor === 1)).toBe(true)
    await follower.stop()
  })

  it('waits for a workspace that is away', async () => {
    let away = 3
    const { kept, waits, ports } = bench([{ kind: 'moved', cursor: 1 }], {
      load: () => (away-- > 0 ? Promise.reject(new AppError('storage', 'It is away.')) : Promise.resolve(fromTheStart)),
    })
    const follower = startFollower(ports)
    expect(await eventually(() => kept.at(-1)?.cursor === 1)).toBe(true)
    expect(waits.slice(0, 3)).toEqual([500, 1_000, 2_000])
    await follower.stop()
  })

  it('stands by while another process follows, and takes over from its cursor', async () => {
    let leads = false
    const { waits, kept, taken, ports } = bench([{ kind: 'moved', cursor: 7 }], { leads: () => Promise.resolve(leads) })
    const follower = startFollower(ports)
    expect(await eventually(() => waits.length >= 3)).toBe(true)
    expect(taken()).toBe(0)
    leads = true
    expect(await eventually(() => kept.at(-1)?.cursor === 7)).toBe(true)
    await follower.stop()
  })

  it('keeps nothing of a step that stopping interrupted', async () => {
    const { kept, ports } = bench([], {
      step: (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new AppError('cancelled', 'x'))),
        ),
    })
    const follower = startFollower(ports)
    await follower.stop()
    expect(kept).toEqual([fromTheStart])
  })

  it('backs off between half and all of a doubling time, five minutes at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const full = Math.min(300_000, 1_000 * 2 ** (failures - 1))
          const wait = backoffMs(failures, random)
          expect(wait).toBeGreaterThanOrEqual(full / 2)
          expect(wait).toBeLessThanOrEqual(full)
        },
      ),
    )
  })
})
