import type { Context, Handlers } from '#main/kernel/service.ts'
import type { rollouts } from '#preload/deployment/rollouts.ts'
import type { RolloutService } from './service.ts'

type Change = { readonly changed: 'services' | 'rollouts'; readonly id: string | null }

type Ports = {
  readonly service: RolloutService
  readonly changes: (signal: AbortSignal) => AsyncIterable<Change>
}

/** Who starts it, and whose approval it is carried out by. */
const by = ({ caller, grant }: Context) => ({ name: caller.name, approvals: grant?.approvers.map(String) ?? [] })

export function rolloutHandlers({ service, changes }: Ports): Handlers<typeof rollouts> {
  return {
    services: () => service.services(),
    releases: ({ service: name }) => service.releases(name),
    configurations: ({ service: name }) => service.configurations(name),
    plan: (input) => service.plan(input),
    list: (filter) => service.list(filter),
    get: ({ id }) => service.get(id),
    measurements: ({ environment, service: name, minutes }) => service.measurements(environment, name, minutes),
    output: async ({ environment, service: name, version }) => [...(await service.output(environment, name, version))],
    watch: (_, { signal }) => changes(signal),

    async saveService({ revision, ...input }, { record }) {
      const { before, after } = await service.saveService(input, revision)
      record({ targets: [after.id], before, after })
      return after
    },
    async removeService({ name }, { record }) {
      const before = await service.removeService(name)
      record({ targets: [before.id], before, after: null })
      return { removed: true }
    },
    async addRelease(input, context) {
      const release = await service.addRelease(input, context.caller.name, context.signal)
      context.record({ targets: [release.id], after: release })
      return release
    },
    async repeatRelease({ service: name, version }, context) {
      const release = await service.repeatRelease(name, version, context.caller.name)
      context.record({ targets: [release.id], after: release })
      return release
    },
    async exclude({ service: name, version, reason }, context) {
      const release = await service.exclude(name, version, reason, context.caller.name)
      context.record({ targets: [release.id], after: release })
      return release
    },
    async start(input, context) {
      const started = await service.start(input, by(context))
      context.record({ targets: [started.id], after: started })
      return started
    },
    async resume({ id }, context) {
      const rollout = await service.resume(id, context.caller.name)
      context.record({ targets: [id] })
      return rollout
    },
    async abort({ id, reason }, context) {
      const rollout = await service.abort(id, reason, context.caller.name)
      context.record({ targets: [id] })
      return rollout
    },
    async rollBack({ environment, service: name, reason }, context) {
      const rollout = await service.rollBack(environment, name, reason, by(context))
      context.record({ targets: [rollout.id], after: rollout })
      return rollout
    },
    async decommission({ environment, service: name }, { record }) {
      const stopped = await service.decommission(environment, name)
      record({ targets: [`${environment}/${name}`], before: { stopped }, after: null })
      return { stopped }
    },
  }
}
