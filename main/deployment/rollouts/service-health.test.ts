import { describe, expect, it } from 'vitest'
import { healthOf } from '#main/deployment/environments/health.ts'
import { nothingDesired } from './desired.ts'
import type { Instance } from './engine.ts'
import { illnessOf } from './ill-instance.ts'
import { serviceHealth } from './service-health.ts'

const fine: Instance = {
  ...{ index: 0, endpoint: { host: '127.0.0.1', port: 1 }, ready: true, hopeless: false, restarts: 0 },
  ...{ lastEnd: null, flaps: false, reason: null, outOfReach: null, abandoned: false },
}
const crashed = { how: 'exit code 1', lastLine: 'no database' }
const placement = {
  ...{ environment: 'staging', service: 'checkout', port: 20_000, version: '1.2.0', previous: null },
  desired: { ...nothingDesired, versions: [{ version: '1.2.0', replicas: 2, weight: 100 }] },
}
const noVersion = { ...placement, version: null }

describe('the health of a service', () => {
  it('is good when all its instances are ready', () => {
    const health = serviceHealth(placement, [fine, { ...fine, index: 1 }], null)
    expect(health).toMatchObject({ status: 'healthy', ready: 2, reasons: [] })
  })

  it('is not good while an instance was started again within the last minute, though it answers', () => {
    const flapping = { ...fine, index: 1, restarts: 4, flaps: true, lastEnd: crashed }
    expect(serviceHealth(placement, [fine, flapping], null)).toMatchObject({
      ...{ status: 'degraded', ready: 1 },
      reasons: [
        'Instance 1 of 1.2.0 ended by itself (exit code 1) and was started again 4 times, less than a minute ago.',
      ],
    })
    expect(serviceHealth(placement, [{ ...flapping, ready: false }], null).status).toBe('unhealthy')
  })

  it('tells of an instance that ended without its last line, which may hold a secret', () => {
    const reason = 'It ended with code 1. Its last words: no database It is started again.'
    const waiting = { ...fine, ready: false, endpoint: null, lastEnd: crashed, reason }
    expect(serviceHealth(placement, [waiting], null).reasons).toEqual([
      'Instance 0 of 1.2.0 ended by itself (exit code 1) and is to be started again.',
    ])
  })

  it('is nothing to an environment where nothing of the service was ever kept', () => {
    const failed = serviceHealth({ ...noVersion, desired: nothingDesired }, [], null)
    expect(failed).toMatchObject({ status: 'unknown', desired: 0, reasons: ['Not rolled out.'] })
    expect(healthOf([failed], '2026-01-01T00:00:00.000Z').services).toEqual([])
    const good = serviceHealth(placement, [fine, { ...fine, index: 1 }], null)
    expect(healthOf([failed, good], '2026-01-01T00:00:00.000Z')).toMatchObject({ status: 'healthy', reasons: [] })
  })

  it('is not known while its first version is being rolled out', () => {
    const reasons = ['It is being rolled out for the first time.']
    expect(serviceHealth(noVersion, [], null)).toMatchObject({ status: 'unknown', desired: 2, reasons })
  })
})

describe('what is wrong with an instance', () => {
  const ill = (change: Partial<Instance>) => illnessOf('1.2.0', { ...fine, ...change })

  it('is nothing while it is ready and never ended', () => expect(ill({})).toBeNull())

  it('names the version, how it ended, how often it was started again and what it wrote last', () => {
    expect(ill({ restarts: 3, lastEnd: crashed })).toBe(
      'Instance 0 of 1.2.0 ended by itself (exit code 1) and was started again 3 times. It wrote last: “no database”.',
    )
    const killed = { how: 'SIGKILL', lastLine: '' }
    expect(ill({ ready: false, endpoint: null, lastEnd: killed })).toBe(
      'Instance 0 of 1.2.0 ended by itself (SIGKILL) and is to be started again.',
    )
  })

  it('says that one is left alone which ended too often', () => {
    const given = { ready: false, hopeless: true, endpoint: null, restarts: 5, lastEnd: crashed }
    expect(ill({ ...given, reason: 'It ended 6 times.' })).toBe(
      'Instance 0 of 1.2.0 ended by itself (exit code 1) and was started again 5 times, and is left alone now. It wrote last: “no database”.',
    )
  })

  it('says why one is not ready that runs', () => {
    expect(ill({ ready: false, reason: 'It answers 500.' })).toBe('Instance 0 of 1.2.0 is not ready. It answers 500.')
    expect(ill({ ready: false, restarts: 1, reason: 'It answers 500.' })).toBe(
      'Instance 0 of 1.2.0 ended by itself and was started again once. It is not ready now. It answers 500.',
    )
  })
})
