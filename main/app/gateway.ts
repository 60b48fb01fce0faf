import { createCertificateStore } from '#main/integration/gateway/certificate-store.ts'
import { createEnvoys, discoveryName } from '#main/integration/gateway/envoys/envoys.ts'
import type { GatewayPlane } from '#main/integration/gateway/gateway-plane.ts'
import { gatewayHandlers } from '#main/integration/gateway/handlers.ts'
import { createKongs } from '#main/integration/gateway/kongs/kongs.ts'
import type { PlaneConfigInput } from '#main/integration/gateway/plane/config.ts'
import { createGatewayService } from '#main/integration/gateway/service.ts'
import { createGatewayFileStore } from '#main/integration/gateway/store.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { createBus } from '#main/kernel/events/bus.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { type Service, serve } from '#main/kernel/service.ts'
import type { Settings } from '#main/kernel/settings/settings.ts'
import { dialectOf } from '#main/kernel/store/portable.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { contracts } from '#preload/app/contracts.ts'
import { asAppError } from '#preload/contract/error.ts'
import { createLoopbackListener } from './loopback-listener.ts'

type Parts = {
  readonly workspace: Workspace
  readonly vault: Vault
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  readonly plane: GatewayPlane
  /** Milliseconds between two looks at each Kong. */
  readonly kongEveryMs?: number | undefined
}

type Gateway = {
  readonly service: Service
  /** What is to be in force, by the name of its file. */
  readonly files: () => Promise<ReadonlyMap<string, PlaneConfigInput>>
  /** Where what it measured is to be served; null for nowhere. */
  readonly metricsPort: () => Promise<number | null>
  /** Answers Envoys and gives to Kongs from now on, where that is wanted. @returns what could not be. */
  readonly openOthers: () => Promise<readonly string[]>
  readonly close: () => void
  /** The vault was opened or locked: files that waited for its keys are put in force. */
  readonly vaultChanged: () => Promise<void>
  /** Says that the gateway serves something else: every screen looks again. */
  readonly announce: () => void
}

const lookAtKongEveryMs = 3_000
const sharedRefusal =
  'A team shares this workspace, and the gateway of “this machine” is another one for each of its members. Serve files from a workspace of this machine alone.'

/** The Gateway API files of the workspace, put in force by the gateway of this machine. */
export function openGateway({ workspace, vault, settings, clock, log, plane, kongEveryMs }: Parts): Gateway {
  const bus = createBus<{ changed: { revision: number } }>((error) => log.error('event listener failed', { error }))
  let revision = 0
  const announce = (): void => bus.emit('changed', { revision: ++revision })
  const refusal = dialectOf(workspace) === 'postgres' ? sharedRefusal : null
  const envoys = createEnvoys({
    ...{ settings, clock, refusal, onChange: announce },
    listener: (respond) => createLoopbackListener(respond, discoveryName),
  })
  const kongs = createKongs({
    ...{ settings, vault, clock, refusal, everyMs: kongEveryMs ?? lookAtKongEveryMs, onChange: announce },
    onAgain: (kong, why) => log.warn('a Kong was given everything again', { kong, why }),
    onFault: (kong, error) => log.error('a Kong could not be looked at', { kong, error }),
  })
  const service = createGatewayService({
    ...{ vault, settings, here: plane, envoys, kongs, clock, refusal, onChange: announce },
    store: createGatewayFileStore(workspace),
    certificates: createCertificateStore(workspace),
    onProblem: (file, error) => log.error('gateway file not put in force', { file, error }),
  })
  return {
    service: serve(
      contracts.gateway,
      gatewayHandlers({ service, changes: (signal) => bus.watch('changed', signal, 1) }),
    ),
    files: service.toServe,
    metricsPort: service.metricsAddress.wanted,
    async openOthers() {
      await kongs.open()
      try {
        await envoys.open()
        return []
      } catch (thrown) {
        return [`Envoys are not answered: ${asAppError(thrown).message}`]
      }
    },
    close() {
      envoys.close()
      kongs.close()
    },
    async vaultChanged() {
      await service.vaultChanged()
      kongs.vaultChanged()
    },
    announce,
  }
}
