import type { Handlers } from '#main/kernel/service.ts'
import type { audit } from '#preload/security/audit.ts'
import type { Forwarder } from '#preload/security/audit-delivery.ts'
import type { ForwardService } from './service.ts'

type ForwardHandlers = Pick<Handlers<typeof audit>, 'forwarders' | 'putForwarder' | 'removeForwarder'>

/** What the log says of a forwarder: its settings without certificates to scroll past. */
function audited({ id, settings: { ca, ...settings } }: Forwarder) {
  const certificate = 'certificate' in settings ? { certificate: Boolean(settings.certificate) } : {}
  return { id, ...settings, ...certificate, ca: Boolean(ca) }
}

export const forwardHandlers = (service: ForwardService): ForwardHandlers => ({
  forwarders: () => service.list(),
  async putForwarder(input, { record }) {
    const { before, after } = await service.put(input)
    record({ targets: [after.id], before: before && audited(before), after: audited(after) })
    return after
  },
  async removeForwarder({ id }, { record }) {
    const before = await service.remove(id)
    record({ targets: [id], before: audited(before), after: null })
    return { removed: true }
  },
})
