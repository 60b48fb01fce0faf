import { expect, it } from 'vitest'
import { mergeLayers } from './configuration.ts'

it('lets a later layer replace what an earlier one says, and tells which one a value comes from', () => {
  const merged = mergeLayers([
    { name: 'defaults', values: { LOG_LEVEL: 'info', REGION: 'eu' } },
    { name: 'incident', values: { LOG_LEVEL: 'debug' } },
  ])
  expect(merged).toEqual([
    { name: 'LOG_LEVEL', value: 'debug', layer: 'incident' },
    { name: 'REGION', value: 'eu', layer: 'defaults' },
  ])
})

it('is nothing without layers', () => {
  expect(mergeLayers([])).toEqual([])
})
