import { inEnvironment, type ResourcesOf } from '#main/kernel/service.ts'
import type { access } from '#preload/security/access.ts'

const somebody = ({ id }: { readonly id: string }) => [inEnvironment(null, id)]

/** Whom an act is about, so that policies can tell somebody's own case from that of others. */
export const accessResources: ResourcesOf<typeof access> = {
  setIdentity: somebody,
  unlockIdentity: somebody,
  resetFactors: somebody,
}
