import { expect, it } from 'vitest'
import { manualClock } from '#main/kernel/clock.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import { createChanges } from '../changes.ts'
import { createKongs } from './kongs.ts'

const never = (): never => {
  throw new Error('nothing is asked for')
}

it('says what the address of an Admin API looks like where it is given something else', async () => {
  const kongs = createKongs({
    ...{ refusal: null, clock: manualClock(), everyMs: 5, onChange: never, onAgain: never, onFault: never },
    settings: { get: async () => ({ kongs: [] }), set: never, update: never } as unknown as Settings,
    vault: { open: never, put: never, remove: never },
  })
  const input = { name: 'edge', url: '127.0.0.1:8001', token: '', authority: '' }
  await expect(kongs.plan(input)).rejects.toMatchObject({ at: 'url', hint: 'Write it like http://127.0.0.1:8001.' })
})

it('gives nothing from a workspace that a team shares, and says why', async () => {
  const refusal = 'A team shares this workspace.'
  const kongs = createKongs({
    ...{ refusal, clock: manualClock(), everyMs: 5, onChange: never, onAgain: never, onFault: never },
    settings: { get: never, set: never, update: never } as Settings,
    vault: { open: never, put: never, remove: never },
  })
  const plane = { serveFile: never, withdrawFile: never, servedFile: never }
  const input = { name: 'edge', url: 'http://127.0.0.1:1', token: '', authority: '' }
  await kongs.open()
  expect(await kongs.get()).toEqual({ refusal, files: [], findings: [], kongs: [] })
  expect(await kongs.standing()).toBe(refusal)
  await expect(kongs.plan(input)).rejects.toMatchObject({ code: 'unsupported', message: refusal })
  await expect(kongs.connect({ ...input, known: false, replaces: null }, createChanges(plane))).rejects.toMatchObject({
    code: 'unsupported',
    message: refusal,
  })
})
