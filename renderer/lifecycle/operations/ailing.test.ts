import { describe, expect, it } from 'vitest'
import type { Environment, ServiceHealth } from '#preload/deployment/environments.ts'
import { ailingOf } from './ailing.ts'

const service = (change: Partial<ServiceHealth>): ServiceHealth => ({
  ...{ service: 'pay', version: '1.0.0', ready: 2, desired: 2, status: 'healthy', reasons: [] },
  ...{ address: null, configuration: null },
  ...change,
})
const environment = (name: string, position: number, health: Partial<Environment['health']>): Environment => ({
  ...{ id: name, name, position, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
  ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null, secrets: [], sshKey: false, lock: null },
  ...{ frozen: null, nextFreeze: null, revision: 1, createdAt: '', updatedAt: '' },
  health: { status: 'healthy', reasons: [], checkedAt: null, services: [], hosts: [], ...health },
})

const down = service({ ready: 0, status: 'unhealthy', reasons: ['Instance 0 is not ready. It does not run.'] })

describe('what is wrong in the environments', () => {
  it('tells the worst first, with the service, how much of it is ready, and why', () => {
    const staging = environment('staging', 1, { services: [service({ ready: 1, status: 'degraded' })] })
    const production = environment('production', 2, { services: [service({}), down] })
    expect(ailingOf([staging, production], null)).toEqual([
      {
        environment: 'production',
        service: 'pay',
        status: 'unhealthy',
        reason: '0 of 2 ready. Instance 0 is not ready. It does not run.',
      },
      { environment: 'staging', service: 'pay', status: 'degraded', reason: '1 of 2 ready.' },
    ])
    expect(ailingOf([staging, production], 'staging')).toHaveLength(1)
  })

  it('tells a later stage before an earlier one that is as bad', () => {
    const all = [environment('dev', 0, { services: [down] }), environment('production', 4, { services: [down] })]
    expect(ailingOf(all, null).map((each) => each.environment)).toEqual(['production', 'dev'])
  })

  it('says that nothing is known where nothing can be told, and nothing where nothing is deployed', () => {
    const empty = environment('empty', 0, { status: 'unknown', reasons: ['Nothing is deployed here.'] })
    const blind = environment('blind', 1, { status: 'unknown', reasons: ['What runs here cannot be told: no agent.'] })
    const first = environment('first', 2, { services: [service({ version: null, status: 'unknown', desired: 0 })] })
    expect(ailingOf([empty, blind, first], null)).toEqual([
      {
        environment: 'first',
        service: 'pay',
        status: 'unknown',
        reason: 'No version of it was rolled out to the end.',
      },
      { environment: 'blind', service: null, status: 'unknown', reason: 'What runs here cannot be told: no agent.' },
    ])
  })

  it('tells a host that is away, unless a service says so already', () => {
    const hosts = [{ host: 'web-1:22', reachable: false, says: 'web-1 cannot be reached.' }]
    const untold = environment('production', 0, { services: [service({})], hosts })
    const told = service({ status: 'degraded', reasons: ['web-1 cannot be reached.'] })
    expect(ailingOf([untold], null)).toMatchObject([{ service: null, reason: 'web-1 cannot be reached.' }])
    expect(ailingOf([environment('production', 0, { services: [told], hosts })], null)).toMatchObject([
      { service: 'pay', status: 'degraded' },
    ])
  })
})
