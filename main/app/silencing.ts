import type { Endpoint } from '#main/engines/http/endpoint.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { type Service, serve } from '#main/kernel/service.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Remote } from '#main/kernel/worker/channel.ts'
import { createAlertmanagerSilences } from '#main/observability/silences/engines/alertmanager.ts'
import { createLocalSilences } from '#main/observability/silences/engines/local.ts'
import { silenceHandlers } from '#main/observability/silences/handlers.ts'
import { silenceResources } from '#main/observability/silences/resources.ts'
import { createSilenceService } from '#main/observability/silences/service.ts'
import { createSilenceStore } from '#main/observability/silences/store.ts'
import { contracts } from '#preload/app/contracts.ts'
import { AppError } from '#preload/contract/error.ts'
import { localTarget } from '#preload/observability/silences.ts'
import type { TelemetryMethods } from './telemetry.ts'

type Parts = {
  readonly workspace: Workspace
  readonly clock: Clock
  readonly telemetry: Remote<TelemetryMethods>
  /** How to reach a connected Alertmanager. */
  readonly endpoint: (connection: string) => Promise<Endpoint>
  readonly environments: () => Promise<readonly string[]>
  /** A silence was made for these alerts. */
  readonly onSilenced: (
    ids: readonly string[],
    text: string,
    by: { name: string; correlationId: string },
  ) => Promise<void>
}

type Silencing = {
  readonly service: Service
  /** Tells the inbox which silences this workspace has. */
  readonly showLocal: () => Promise<void>
}

/** Silences in every connected Alertmanager and in this workspace, tied to the inbox. */
export function createSilencing({ workspace, clock, telemetry, endpoint, environments, onSilenced }: Parts): Silencing {
  const store = createSilenceStore(workspace)
  const memberOf = async (target: string): Promise<string> => {
    const [member] = await telemetry.targetMembers(target)
    if (member) return member
    throw new AppError('not_found', 'This Alertmanager is not connected any more.', { hint: 'Choose another target.' })
  }
  const showLocal = async (): Promise<void> =>
    telemetry.setLocalSilences(
      (await silences.local()).map(({ id, matchers, startsAt, endsAt }) => ({
        id,
        matchers,
        startsAt: Date.parse(startsAt),
        endsAt: Date.parse(endsAt),
      })),
    )
  const silences = createSilenceService({
    store,
    clock,
    engine: async (target) =>
      target === localTarget
        ? createLocalSilences(store, clock)
        : createAlertmanagerSilences(await endpoint(await memberOf(target))),
    remote: () => telemetry.silences({}),
    suppressedCounts: async () => new Map(await telemetry.suppressedCounts({})),
    covered: async (target, matchers) => (await telemetry.preview({ target, matchers, limit: 0 })).ids,
    onChange: async (target) => {
      if (target === localTarget) await showLocal()
      else await telemetry.refresh(await memberOf(target))
    },
    onSilenced: (ids, text, correlationId, by) => onSilenced(ids, text, { name: by, correlationId }),
  })
  const service = serve(
    contracts.silences,
    silenceHandlers({
      service: silences,
      targets: (signal) => telemetry.targets({}, signal),
      preview: (request, signal) => telemetry.preview(request, signal),
    }),
    silenceResources({ targets: () => telemetry.targets({}), environments }),
  )
  return { service, showLocal }
}
