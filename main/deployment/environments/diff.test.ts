import { expect, it } from 'vitest'
import type { Environment, ServiceHealth } from '#preload/deployment/environments.ts'
import type { VersionConfiguration } from '#preload/deployment/running-configuration.ts'
import { differences } from './diff.ts'

const running = (configuration: VersionConfiguration | null): ServiceHealth => ({
  ...{ service: 'checkout', version: '1.0.0', ready: 1, desired: 1, status: 'healthy', reasons: [], address: null },
  configuration,
})
const environment = (name: string, configuration: VersionConfiguration | null): Environment => ({
  ...{ id: name, name, position: 0, description: '', region: '', owners: [], target: { kind: 'machine' } },
  ...{ layers: [{ name: 'base', values: { LOG_LEVEL: 'debug' } }], requiredApprovals: 0, freezeCalendar: '' },
  ...{ expiresAt: null, secrets: [], sshKey: false, lock: null, frozen: null, nextFreeze: null, revision: 1 },
  ...{ createdAt: '', updatedAt: '' },
  health: { status: 'healthy', reasons: [], checkedAt: null, services: [running(configuration)], hosts: [] },
})
const asLayersSay = { version: '1.0.0', recordedAt: '2026-01-01T00:00:00.000Z', differs: [] }
const otherwise: VersionConfiguration = {
  ...asLayersSay,
  differs: [{ kind: 'value', name: 'LOG_LEVEL', recorded: 'info', present: 'debug' }],
}
const text = '1.0.0: 1 key differs (LOG_LEVEL: info, now debug)'

it('tells of nothing where layers are alike and what runs has what they say', () => {
  expect(differences(environment('a', asLayersSay), environment('b', asLayersSay))).toEqual([])
  expect(differences(environment('a', null), environment('b', asLayersSay))).toEqual([])
})

it('tells where what runs has not what the layers say, even when both are off alike', () => {
  const row = { kind: 'running', name: 'checkout' }
  expect(differences(environment('a', otherwise), environment('b', asLayersSay))).toEqual([
    { ...row, left: text, right: null },
  ])
  expect(differences(environment('a', otherwise), environment('b', otherwise))).toEqual([
    { ...row, left: text, right: text },
  ])
  expect(differences(environment('a', asLayersSay), environment('b', { ...asLayersSay, recordedAt: null }))).toEqual([
    { ...row, left: null, right: '1.0.0: its configuration was not recorded' },
  ])
})
