import type { Handlers } from '#main/kernel/service.ts'
import type { environments } from '#preload/deployment/environments.ts'
import type { EnvironmentService } from './service.ts'
import type { StoredEnvironment } from './store.ts'

type Ports = {
  readonly service: EnvironmentService
  readonly changes: (signal: AbortSignal) => AsyncIterable<{ revision: number }>
  readonly hostKey: (
    place: { readonly address: string; readonly port: number },
    signal: AbortSignal,
  ) => Promise<{ fingerprint: string; type: string }>
  /** Told when what opens the hosts of an environment is another key, or none. */
  readonly onAccess: (environment: string) => void
}

/** What the audit log keeps of an environment: its settings, without the names of people and without the calendar's text. */
export const audited = (environment: StoredEnvironment) => ({
  name: environment.name,
  position: environment.position,
  description: environment.description,
  region: environment.region,
  target: environment.target,
  layers: environment.layers,
  requiredApprovals: environment.requiredApprovals,
  freezeCalendar: `${environment.freezeCalendar.length} characters`,
  expiresAt: environment.expiresAt,
  secrets: environment.secrets,
  sshKey: environment.sshKey,
  locked: environment.lock?.reason ?? null,
})

export function environmentHandlers({ service, changes, hostKey, onAccess }: Ports): Handlers<typeof environments> {
  return {
    list: () => service.list(),
    get: ({ name }) => service.get(name),
    diff: ({ left, right }) => service.diff(left, right),
    watch: (_, { signal }) => changes(signal),

    async create(input, { record }) {
      const created = await service.create(input)
      record({ targets: [created.id], after: audited(created) })
      return created
    },
    async update({ revision, ...input }, { record }) {
      const { before, after } = await service.update(input, revision)
      record({ targets: [after.id], before: audited(before), after: audited(after) })
      return after
    },
    async move({ name, position }, { record }) {
      const { before, after } = await service.move(name, position)
      record({ targets: [before.id], before: { position: before.position }, after: { position: after.position } })
      return service.list()
    },
    async clone({ from, name, expiresAt }, { record }) {
      const created = await service.clone(from, name, expiresAt)
      record({ targets: [created.id], after: { ...audited(created), from } })
      return created
    },
    async lock({ name, reason }, { caller, record }) {
      const { before, after } = await service.setLock(name, { reason, by: caller.name })
      record({ targets: [after.id], before: { locked: before.lock?.reason ?? null }, after: { locked: reason } })
      return after
    },
    async unlock({ name }, { record }) {
      const { before, after } = await service.setLock(name, null)
      record({ targets: [after.id], before: { locked: before.lock?.reason ?? null }, after: { locked: null } })
      return after
    },
    async setSecret({ name, secret, value }, { record }) {
      const { before, after } = await service.setSecret(name, secret, value)
      record({ targets: [after.id], before: { secrets: before.secrets }, after: { secrets: after.secrets } })
      return after
    },
    async removeSecret({ name, secret }, { record }) {
      const { before, after } = await service.removeSecret(name, secret)
      record({ targets: [after.id], before: { secrets: before.secrets }, after: { secrets: after.secrets } })
      return after
    },
    async setSshKey({ name, privateKey, passphrase }, { record }) {
      const { before, after } = await service.setSshKey(name, { privateKey, passphrase })
      onAccess(name)
      record({ targets: [after.id], before: { sshKey: before.sshKey }, after: { sshKey: after.sshKey } })
      return after
    },
    async removeSshKey({ name }, { record }) {
      const { before, after } = await service.removeSshKey(name)
      onAccess(name)
      record({ targets: [after.id], before: { sshKey: before.sshKey }, after: { sshKey: after.sshKey } })
      return after
    },
    hostKey: (place, { signal }) => hostKey(place, signal),
    async remove({ name, leaveHosts }, { record }) {
      const { stored, left } = await service.remove(name, leaveHosts)
      const after = left.length === 0 ? null : { removed: true, leftRunningOn: [...left] }
      record({ targets: [stored.id], before: audited(stored), after })
      return { removed: true }
    },
  }
}
