import { expect, it } from 'vitest'
import { createParts } from './parts.ts'

it('keeps every byte in its place, across batches and whatever becomes of the chunk afterwards', async () => {
  const parts = createParts()
  const chunk = new Uint8Array(3 * 1024 * 1024)
  for (const value of [1, 2, 3]) {
    chunk.fill(value)
    parts.add(chunk)
  }
  const blob = parts.join('text/csv')
  const bytes = new Uint8Array(await blob.arrayBuffer())
  expect([blob.type, bytes.length]).toEqual(['text/csv', 3 * chunk.length])
  expect([bytes[0], bytes[chunk.length], bytes[2 * chunk.length], bytes.at(-1)]).toEqual([1, 2, 3, 3])
})
