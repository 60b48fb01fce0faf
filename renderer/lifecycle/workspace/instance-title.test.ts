import { expect, it } from 'vitest'
import { instanceTitle } from './instance-title.ts'

it('names a process by its machine and its number', () => {
  expect(instanceTitle('ops-1.example:4711 9f3c')).toBe('ops-1.example, process 4711')
})

it('leaves what does not look so as it is', () => {
  expect(instanceTitle('psql')).toBe('psql')
})
