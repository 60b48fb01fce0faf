import { expect, it } from 'vitest'
import { teamSettings } from '#preload/lifecycle/workspace.ts'
import { emptyDraft, settingsOf, teamDraft } from './team-draft.ts'

const draft = { ...emptyDraft, host: 'db.example', user: 'ana' }

it('leaves out what was left empty, and means what the contract takes', () => {
  const settings = settingsOf(draft)
  expect(JSON.parse(JSON.stringify(settings))).toEqual({
    host: 'db.example',
    port: 5432,
    database: 'framework0',
    user: 'ana',
    schema: 'framework0',
    tls: { mode: 'verify-full' },
  })
  expect(teamSettings.safeParse(settings).success).toBe(true)
})

it('keeps certificates out of a connection without TLS', () => {
  expect(settingsOf({ ...draft, tls: 'off', ca: 'PEM', key: 'PEM' }).tls).toEqual({ mode: 'off' })
})

it('asks for what is missing', () => {
  expect(teamDraft.safeParse(emptyDraft).error?.issues.map(({ path }) => path[0])).toEqual(['host', 'user'])
})
