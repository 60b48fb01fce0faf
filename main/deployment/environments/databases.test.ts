import { expect, it } from 'vitest'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { openVault } from '#main/kernel/vault/vault.ts'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import { createEnvironmentService } from './service.ts'
import { createEnvironmentStore } from './store.ts'

const input = (name: string, change: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  ...{ name, description: 'ä😀', region: 'eu', owners: ['Ana', "O'Neil"], target: { kind: 'machine' } },
  ...{ layers: [{ name: 'base', values: { A: '1' } }], requiredApprovals: 2, freezeCalendar: '', expiresAt: null },
  ...change,
})

onBothDatabases('environments', (open, dialect) => {
  const serviceOf = async () => {
    const { workspace } = await open()
    const vault = await openVault(workspace, null)
    if ((await vault.status()).state === 'none') await vault.create('correct horse')
    else await vault.unlock('correct horse')
    return createEnvironmentService({
      store: createEnvironmentStore(workspace),
      vault,
      clock: manualClock(),
      services: async () => [],
      hosts: async () => [],
      placed: async () => [],
      checkSshKey: async () => {},
      retire: async () => {},
      onChange: () => {},
    })
  }

  it('are the same for two people, with their order, secrets and lock', async () => {
    const [ana, ben] = [await serviceOf(), await serviceOf()]
    for (const name of ['staging', 'production']) await ana.create(input(name))
    await ana.setSecret('production', 'TOKEN', 's3cret')
    await ana.setLock('production', { reason: 'Audit', by: 'ana' })
    await ana.move('production', 0)
    const [first, second] = await ben.list()
    expect([first?.name, second?.name]).toEqual(['production', 'staging'])
    expect(first).toMatchObject({ ...input('production'), secrets: ['TOKEN'], lock: { reason: 'Audit', by: 'ana' } })
    expect(await ben.openSecrets('production')).toEqual({ TOKEN: 's3cret' })
    await ben.clone('production', 'trial', null)
    await ana.remove('trial')
    await expect(ben.get('trial')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('of one name are added once, and changed by the first of two', async () => {
    const ana = await serviceOf()
    const ben = dialect === 'sqlite' ? ana : await serviceOf() // nobody else has a file open
    const added = await Promise.allSettled([ana.create(input('qa')), ben.create(input('qa'))])
    const refused = added.filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'conflict', at: 'name' } }])
    const changed = await Promise.allSettled([
      ana.update(input('qa', { region: 'us' }), 1),
      ben.update(input('qa', { region: 'asia' }), 1),
    ])
    expect(changed.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await ben.get('qa')).revision).toBe(2)
  })
})
