import { expect, it } from 'vitest'
import type { Environment } from '#preload/deployment/environments.ts'
import { draftOf, draftSchema, fieldAt, inputOf } from './draft.ts'
import { emptyEnvironment } from './usual.ts'

const environment: Environment = {
  ...emptyEnvironment('qa'),
  ...{
    id: '019ac000-0000-7000-8000-000000000000',
    position: 0,
    secrets: [],
    sshKey: false,
    lock: null,
    frozen: null,
    revision: 3,
  },
  ...{ nextFreeze: null, health: { status: 'unknown', reasons: [], checkedAt: null, services: [], hosts: [] } },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
  layers: [{ name: 'base', values: { A: '1' } }],
  owners: ['ops', 'Ana'],
  requiredApprovals: 2,
  expiresAt: '2026-12-01T10:20:30.456Z',
}

it('gives back what it was filled with, and the layers that it does not show', () => {
  const input = inputOf(draftOf(environment), environment)
  expect(input).toMatchObject({ owners: ['ops', 'Ana'], requiredApprovals: 2, layers: environment.layers })
  expect(input.expiresAt).toBe('2026-12-01T10:20:30.456Z')
})

it('reads another time as the time of this machine, and an emptied one as never', () => {
  const draft = draftOf(environment)
  const local = '2026-12-02T08:00:00'
  expect(inputOf({ ...draft, expiresAt: local }, environment).expiresAt).toBe(new Date(local).toISOString())
  expect(inputOf({ ...draft, expiresAt: '' }, environment).expiresAt).toBeNull()
})

it('shows what the contract refuses at its field', () => {
  const read = draftSchema(null).safeParse({ ...draftOf(null), name: 'Not A Name', owners: 'x'.repeat(121) })
  expect(read.error?.issues.map(({ path }) => path[0])).toEqual(expect.arrayContaining(['name']))
  const owners = draftSchema(null).safeParse({ ...draftOf(null), name: 'qa', owners: 'x'.repeat(121) })
  expect(owners.error?.issues.map(({ path }) => path[0])).toEqual(['owners'])
  expect([fieldAt('freezeCalendar'), fieldAt('owners.0'), fieldAt('layers')]).toEqual([
    'freezeCalendar',
    'owners',
    null,
  ])
})

it('takes hosts over SSH, and shows what the contract refuses of them at their fields', () => {
  const hostKey = `SHA256:${'a'.repeat(43)}`
  const hosts = [{ address: 'app-1.example.com', port: '22', user: 'deploy', hostKey }]
  const draft = { ...draftOf(environment), runsOn: 'ssh' as const, hosts }
  const { target } = inputOf(draft, environment)
  expect(target).toEqual({
    ...{ kind: 'ssh', hosts: [{ ...hosts[0], port: 22 }], folder: '/srv/framework0' },
    ports: { from: 20_000, to: 20_999 },
  })
  expect(inputOf(draftOf({ ...environment, target }), environment).target).toEqual(target)
  const pathsOf = (change: object) => {
    const { error } = draftSchema(environment).safeParse({ ...draft, ...change })
    return [...new Set(error?.issues.map(({ path }) => path.join('.')))]
  }
  expect(pathsOf({ hosts: [{ address: 'a b', port: 'ssh', user: '', hostKey: 'MD5' }] })).toEqual([
    ...['hosts.0.address', 'hosts.0.port', 'hosts.0.user', 'hosts.0.hostKey'],
  ])
  expect(pathsOf({ hosts: [...hosts, ...hosts] })).toEqual(['hosts'])
  expect(pathsOf({ folder: '/srv/../etc', portFrom: '80', portTo: '70' })).toEqual(
    expect.arrayContaining(['folder', 'portFrom']),
  )
  expect(pathsOf({ portFrom: '3000', portTo: '2000' })).toEqual(['portTo'])
  expect(fieldAt('target')).toBe('runsOn')
})
