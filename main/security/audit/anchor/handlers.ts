import type { Handlers } from '#main/kernel/service.ts'
import type { audit } from '#preload/security/audit.ts'
import type { Anchor } from '#preload/security/audit-delivery.ts'
import type { AnchorService } from './service.ts'

type AnchorHandlers = Pick<Handlers<typeof audit>, 'anchors' | 'putAnchor' | 'removeAnchor'>

/** What the log says of an anchor: its settings without certificates to scroll past. */
const audited = ({ id, settings }: Anchor) => ({ id, ...settings, ...('ca' in settings ? { ca: true } : {}) })

export const anchorHandlers = (service: AnchorService): AnchorHandlers => ({
  anchors: () => service.list(),
  async putAnchor(input, { record }) {
    const { before, after } = await service.put(input)
    record({ targets: [after.id], before: before && audited(before), after: audited(after) })
    return after
  },
  async removeAnchor({ id }, { record }) {
    const before = await service.remove(id)
    record({ targets: [id], before: audited(before), after: null })
    return { removed: true }
  },
})
