import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '#main/kernel/clock.ts'
import { createNotices } from './notices.ts'

const build = () => {
  const onChange = vi.fn()
  const onError = vi.fn()
  return { notices: createNotices({ clock: systemClock, onChange, onError }), onChange, onError }
}
const texts = (notices: ReturnType<typeof createNotices>) => notices.all().map(({ text }) => text)

describe('a notice', () => {
  it('stays until it is taken away', () => {
    const { notices, onChange } = build()
    const withdraw = notices.tell('The workspace is away.')
    notices.tell('Something else.', 'info')
    withdraw()
    withdraw()
    expect(texts(notices)).toEqual(['Something else.'])
    expect(onChange).toHaveBeenCalledTimes(3)
  })

  it('goes away by itself when a look finds its condition over, and not before', async () => {
    const { notices, onError } = build()
    let over = false
    notices.tellUntilOver({ text: 'pay does not run.', isOver: async () => over })
    notices.review()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(texts(notices)).toEqual(['pay does not run.'])
    over = true
    notices.review()
    await vi.waitFor(() => expect(texts(notices)).toEqual([]))
    expect(onError).not.toHaveBeenCalled()
  })

  it('stays where it cannot be told whether it is over, and another look can be had', async () => {
    const { notices, onError } = build()
    const isOver = vi.fn(async () => true).mockRejectedValueOnce(new Error('no answer'))
    notices.tellUntilOver({ text: 'pay does not run.', isOver })
    notices.review()
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce())
    expect(texts(notices)).toHaveLength(1)
    notices.review()
    await vi.waitFor(() => expect(texts(notices)).toEqual([]))
  })
})
