import { describe, expect, it } from 'vitest'
import { filterOfDraft, holdDraftOf, holdSchema } from './hold-draft.ts'

const draft = { ...holdDraftOf({}), name: 'Case 4711', reason: 'Asked for by counsel.' }
const problems = (changed: Partial<typeof draft>) =>
  holdSchema.safeParse({ ...draft, ...changed }).error?.issues.map(({ path }) => path.join('.'))

describe('the form of a hold', () => {
  it('keeps everything when nothing narrows it', () => {
    expect(holdSchema.parse(draft)).toEqual({ name: 'Case 4711', reason: 'Asked for by counsel.', filter: {} })
  })

  it('comes from a filter and becomes the same filter', () => {
    const filter = {
      actor: 'a1',
      operation: 'alerts',
      from: '2026-01-31T14:00:00.000Z',
      to: '2026-02-01T00:00:00.000Z',
    }
    expect(holdSchema.parse({ ...holdDraftOf(filter), name: 'n', reason: 'r' }).filter).toEqual(filter)
  })

  it('wants a name, a reason, times that can be read, and an end after the beginning', () => {
    expect(problems({ name: ' ', reason: '' })).toEqual(['name', 'reason'])
    expect(problems({ from: 'yesterday', to: 'now-7d' })).toEqual(['from', 'to'])
    expect(problems({ from: '2026-02-01', to: '2026-01-01' })).toEqual(['to'])
  })

  it('does not narrow by what cannot be read yet', () => {
    expect(filterOfDraft({ ...draft, from: '2026-', text: '  ' })).toMatchObject({ from: undefined, text: undefined })
  })
})
