import type { AccessHandlers, Ports } from './ports.ts'

type Names = 'settings' | 'setSettings' | 'providers' | 'putProvider' | 'removeProvider' | 'testProvider'

export function settingHandlers({ access }: Ports): Pick<AccessHandlers, Names> {
  const { providers, changes, sessions } = access
  return {
    settings: () => access.settings(),
    async setSettings(wanted, { record }) {
      const { before, after } = await access.setSettings(wanted)
      record({ targets: ['access settings'], before, after })
      return after
    },
    providers: () => [...providers.list()],
    async putProvider({ id, revision, provider }, { record }) {
      const { before, after } = await providers.put(id, revision, provider)
      record({ targets: [after.id], before: before?.settings ?? null, after: after.settings })
      changes.tell('settings')
      return after
    },
    async removeProvider({ id }, { record }) {
      const left = new Set([...providers.ids()].filter((other) => other !== id))
      await access.requireAdministrator(access.settings(), left)
      const before = await providers.remove(id)
      await sessions.refreshAll()
      record({ targets: [id], before: before.settings, after: null })
      changes.tell('settings')
      return { removed: true }
    },
    testProvider: ({ id, provider }, { signal }) => providers.test(id, provider, signal),
  }
}
