import { withKeys } from './certificate-keys.ts'
import type { GatewayPlane, OtherGateways } from './gateway-plane.ts'
import type { OfferedFiles } from './offered-files.ts'

type Others = Readonly<Record<OtherGateways, Pick<OfferedFiles, 'put' | 'drop' | 'file'>>>

/** Each file goes to the gateway that its Gateways name by their class: that of this machine, or others of one kind. */
export function dividedPlane(here: GatewayPlane, others: Others): GatewayPlane {
  const dropExcept = (name: string, kept?: OtherGateways): void => {
    for (const [kind, other] of Object.entries(others)) if (kind !== kept) other.drop(name)
  }
  return {
    ...here,
    async serveFile(name, config) {
      const { servedBy } = config
      if (servedBy === undefined) {
        await here.serveFile(name, config)
        dropExcept(name)
        return
      }
      const there = others[servedBy]
      const before = there.file(name)
      // They are given no private keys, so none is kept for them.
      there.put(
        name,
        withKeys(config, () => ''),
      )
      try {
        await here.withdrawFile(name)
      } catch (thrown) {
        if (before) there.put(name, before)
        else there.drop(name)
        throw thrown
      }
      dropExcept(name, servedBy)
    },
    async withdrawFile(name) {
      dropExcept(name)
      await here.withdrawFile(name)
    },
    servedFile: (name) => others.envoys.file(name) ?? others.kongs.file(name) ?? here.servedFile(name),
  }
}
