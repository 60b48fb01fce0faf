import { AppError } from '#preload/contract/error.ts'
import type { DeliveryHandlers } from './handlers.ts'

const no = (): never => {
  throw new AppError('unsupported', 'This build has no way out of the audit log.')
}

/** Stands where exports, forwarders and anchors are not built in. */
export const undelivered: DeliveryHandlers = {
  // biome-ignore lint/correctness/useYield: it fails before it yields
  async *export() {
    no()
  },
  forwarders: no,
  putForwarder: no,
  removeForwarder: no,
  anchors: no,
  putAnchor: no,
  removeAnchor: no,
}
