import type { Handlers } from '#main/kernel/service.ts'
import type { gateway } from '#preload/integration/gateway.ts'
import type { GatewayService } from './service.ts'

type Ports = {
  readonly service: GatewayService
  readonly changes: (signal: AbortSignal) => AsyncIterable<{ revision: number }>
}

export function gatewayHandlers({ service, changes }: Ports): Handlers<typeof gateway> {
  return {
    files: () => service.list(),
    check: ({ text }) => service.check(text),
    status: () => service.status(),
    routes: () => service.routes(),
    accessLog: async ({ route, limit }) => [
      ...(await service.accessLog({ limit, ...(route === undefined ? {} : { route }) })),
    ],
    metrics: () => service.metrics(),
    watch: (_, { signal }) => changes(signal),

    async saveFile({ name, text, revision }, { record }) {
      const { before, after } = await service.save(name, text, revision)
      record({ targets: [name], before: before && { text: before.text }, after: { text: after.text } })
      return after
    },
    async removeFile({ name }, { record }) {
      const { text } = await service.remove(name)
      record({ targets: [name], before: { text }, after: null })
      return { removed: true }
    },
  }
}
