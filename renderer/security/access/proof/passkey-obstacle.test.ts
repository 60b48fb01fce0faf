import { expect, it } from 'vitest'
import { obstacleOf } from './passkey-obstacle.ts'

const page = { protocol: 'https:', host: 'ops.example.com', port: '', secure: true, supported: true }

it('lets a page with a name over https use passkeys, and localhost without', () => {
  expect(obstacleOf(page)).toBeNull()
  expect(obstacleOf({ ...page, protocol: 'http:', host: 'localhost', port: '4300' })).toBeNull()
})

it.each([
  [{ protocol: 'http:', host: '127.0.0.1', port: '4300' }, 'http://localhost:4300'],
  [{ host: '[fd00::1]' }, 'its name'],
  [{ protocol: 'http:', secure: false }, 'https'],
  [{ protocol: 'app:', host: 'framework0' }, 'browser'],
  [{ supported: false }, 'no passkeys'],
])('says what is in the way of %j', (change, words) => {
  expect(obstacleOf({ ...page, ...change })).toContain(words)
})
