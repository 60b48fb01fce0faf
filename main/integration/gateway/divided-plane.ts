import { withKeys } from './certificate-keys.ts'
import type { Envoys } from './envoys/envoys.ts'
import type { GatewayPlane } from './gateway-plane.ts'

/** Each file goes to the gateway that its Gateways name by their class: that of this machine, or the Envoys. */
export function dividedPlane(here: GatewayPlane, envoys: Pick<Envoys, 'put' | 'drop' | 'file'>): GatewayPlane {
  return {
    ...here,
    async serveFile(name, config) {
      if (config.servedBy !== 'envoys') {
        await here.serveFile(name, config)
        envoys.drop(name)
        return
      }
      const before = envoys.file(name)
      // They are given no private keys, so none is kept for them.
      envoys.put(
        name,
        withKeys(config, () => ''),
      )
      try {
        await here.withdrawFile(name)
      } catch (thrown) {
        if (before) envoys.put(name, before)
        else envoys.drop(name)
        throw thrown
      }
    },
    async withdrawFile(name) {
      envoys.drop(name)
      await here.withdrawFile(name)
    },
    servedFile: (name) => envoys.file(name) ?? here.servedFile(name),
  }
}
