import { expect, it } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { askForProof, settleProof, useStepUp } from './step-up.ts'

const asked = (operation: string) => ({ operation, input: {}, error: new AppError('step_up', 'Prove it.') })

it('lets one proof answer for every call that was held back meanwhile', async () => {
  const both = Promise.all([askForProof(asked('a.b')), askForProof(asked('a.c'))])
  expect(useStepUp.getState().asked?.operation, 'the first is named').toBe('a.b')
  settleProof(true)
  expect(await both).toEqual([true, true])
  expect(useStepUp.getState()).toEqual({ asked: null, waiting: [] })
})

it('lets all of them fail when the person turns away', async () => {
  const held = askForProof(asked('a.b'))
  settleProof(false)
  expect(await held).toBe(false)
})
