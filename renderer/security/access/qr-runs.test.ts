import { encode } from 'uqr'
import { expect, it } from 'vitest'
import { qrRuns } from './qr-runs.ts'

it('covers exactly the dark modules of a code', () => {
  const modules = encode('otpauth://totp/Framework0:ana?secret=JBSWY3DPEHPK3PXP', { ecc: 'M', border: 0 }).data
  const drawn = modules.map((row) => row.map(() => false))
  for (const { x, y, length } of qrRuns(modules))
    for (let at = x; at < x + length; at += 1) {
      const row = drawn[y]
      if (row !== undefined) row[at] = true
    }
  expect(drawn).toEqual(modules)
})
