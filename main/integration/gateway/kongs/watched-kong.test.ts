import { afterEach, describe, expect, it, vi } from 'vitest'
import { manualClock } from '#main/kernel/clock.ts'
import { emptyHash, type KongAdmin, type Loaded } from './admin-api.ts'
import { type Offer, type WatchedKong, watchKong } from './watched-kong.ts'

const offer: Offer = { text: 'ours', hash: 'hash-of-ours', services: 1, routes: 1 }
const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

/** A Kong of which each answer is known beforehand; the last one of each kind is repeated. */
function kongThat(answers: { readonly hashes: readonly string[]; readonly loads: readonly Loaded[] }) {
  const sent: string[] = []
  let hashes = 0
  const at = <T>(list: readonly T[], index: number): T => list[Math.min(index, list.length - 1)] as T
  const api: KongAdmin = {
    version: async () => '3.10.0',
    hash: async () => at(answers.hashes, hashes++),
    counts: async () => ({ services: 0, routes: 0, consumers: 0, plugins: 0 }),
    load: async (text) => {
      sent.push(text)
      return at(answers.loads, sent.length - 1)
    },
    close: async () => {},
  }
  return { api, sent }
}

describe('a Kong that is watched', () => {
  let watched: WatchedKong | undefined
  afterEach(() => watched?.stop())
  const watch = (api: KongAdmin, given = emptyHash) => {
    const [remembered, again, faults]: [string[], string[], unknown[]] = [[], [], []]
    watched = watchKong({
      ...{ clock: manualClock(), everyMs: 5, open: async () => api, offered: () => offer, given },
      remember: async (hash) => void remembered.push(hash),
      onChange: () => {},
      onAgain: (why) => void again.push(why),
      onFault: (thrown) => void faults.push(thrown),
    })
    return { kong: watched, remembered, again, faults }
  }

  it('is sent it again while it says that it still takes up what was before', async () => {
    const { api, sent } = kongThat({
      hashes: [emptyHash, emptyHash, offer.hash],
      loads: [{ kind: 'busy' }, { kind: 'taken' }],
    })
    const { kong } = watch(api)
    await until(() => expect(kong.seen().state).toBe('in force'))
    expect(sent).toEqual(['ours', 'ours'])
  })

  it('is not said to have it when it was started anew before it was asked', async () => {
    const { api, sent } = kongThat({ hashes: [emptyHash], loads: [{ kind: 'taken' }] })
    const { kong } = watch(api)
    await until(() => expect(sent.length).toBeGreaterThan(3))
    expect(kong.seen().state).toBe('sending')
  })

  it('that counts otherwise is believed once it says that it has the same', async () => {
    const { api, sent } = kongThat({
      hashes: [emptyHash, 'its own hash'],
      loads: [{ kind: 'taken' }, { kind: 'same' }],
    })
    const { kong, remembered, again } = watch(api)
    await until(() => expect(kong.seen().state).toBe('in force'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(sent).toEqual(['ours', 'ours'])
    expect([remembered.at(-1), again]).toEqual(['its own hash', []])
  })

  it('tells a defect, and does not take it for one of the Kong', async () => {
    const { api } = kongThat({ hashes: [emptyHash], loads: [{ kind: 'taken' }] })
    const { kong, faults } = watch({ ...api, hash: async () => Promise.reject(new TypeError('a defect')) })
    await until(() => expect(faults.length).toBeGreaterThan(0))
    expect(kong.seen()).toMatchObject({ state: 'cannot be driven', askedAt: null })
  })
})
