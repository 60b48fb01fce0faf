import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { alerts } from '#preload/observability/alerts.ts'
import { audit } from '#preload/security/audit.ts'
import { removeFolder, temporaryFolder } from '../trial.ts'
import { hasBytes, printItems } from './output.ts'

const folder = temporaryFolder('output')
afterAll(() => removeFolder(folder))

async function* items() {
  yield { entries: 1 }
  yield new Uint8Array([0, 255, 10])
  yield { entries: 2 }
  yield new Uint8Array([13])
}

describe('what a stream prints', () => {
  it('is bytes where its contract says there may be some', () => {
    expect(hasBytes(audit.operations.export)).toBe(true)
    expect(hasBytes(alerts.operations.watch)).toBe(false)
  })

  it('goes to a file byte for byte, without the progress between', async () => {
    const file = join(folder, 'package.zip')
    await printItems(items(), true, file)
    expect([...readFileSync(file)]).toEqual([0, 255, 10, 13])
  })

  it('is JSON lines in a file where there are no bytes', async () => {
    const file = join(folder, 'items.jsonl')
    const lines = (async function* () {
      yield { a: 1 }
      yield { a: 2 }
    })()
    await printItems(lines, false, file)
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"a":2}\n')
  })
})
