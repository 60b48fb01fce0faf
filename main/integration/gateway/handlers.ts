import type { Handlers } from '#main/kernel/service.ts'
import type { GatewayCertificate, gateway } from '#preload/integration/gateway.ts'
import { importOpenApi } from './openapi/import.ts'
import type { GatewayService } from './service.ts'

type Ports = {
  readonly service: GatewayService
  readonly changes: (signal: AbortSignal) => AsyncIterable<{ revision: number }>
}

export function gatewayHandlers({ service, changes }: Ports): Handlers<typeof gateway> {
  return {
    files: () => service.list(),
    check: ({ text, name }) => service.check(text, name),
    status: () => service.status(),
    routes: () => service.routes(),
    accessLog: async ({ route, limit }) => [
      ...(await service.accessLog({ limit, ...(route === undefined ? {} : { route }) })),
    ],
    metrics: () => service.metrics(),
    importOpenApi,
    export: ({ name, format }) => service.export(name, format),
    metricsListener: () => service.metricsAddress.get(),
    async setMetricsListener({ port }, { record }) {
      const { before, after } = await service.metricsAddress.set(port)
      record({ targets: ['metrics'], before, after: { port } })
      return after
    },
    envoys: () => service.envoys.get(),
    async setEnvoyPort({ port }, { record }) {
      const { before, after } = await service.envoys.set(port)
      record({ targets: ['envoys'], before, after: { port } })
      return after
    },
    kongs: () => service.kongs.get(),
    async planKong(input, { signal, record }) {
      record({ targets: [input.name] })
      return service.kongs.plan(input, signal)
    },
    async connectKong(input, { signal, record }) {
      const { before, after, shown } = await service.kongs.connect(input, signal)
      record({ targets: [input.name], before, after })
      return shown
    },
    async removeKong({ name }, { record }) {
      const { before, shown } = await service.kongs.remove(name)
      record({ targets: [name], before, after: null })
      return shown
    },
    watch: (_, { signal }) => changes(signal),

    async saveFile({ name, text, revision }, { record }) {
      const { before, after } = await service.save(name, text, revision)
      record({ targets: [name], before: before && { text: before.text }, after: { text: after.text } })
      return after
    },
    certificates: () => service.certificates.list(),
    async saveCertificate(input, { record }) {
      const { before, after } = await service.certificates.save(input)
      record({ targets: [input.name], before: before && recorded(before), after: recorded(after) })
      return after
    },
    async removeCertificate({ name }, { record }) {
      record({ targets: [name], before: recorded(await service.certificates.remove(name)), after: null })
      return { removed: true }
    },
    async removeFile({ name }, { record }) {
      const { text } = await service.remove(name)
      record({ targets: [name], before: { text }, after: null })
      return { removed: true }
    },
  }
}

/** What of a certificate says which one it was. */
const recorded = ({ subject, names, issuer, notAfter, fingerprint }: GatewayCertificate) => ({
  ...{ subject, names, issuer, notAfter, fingerprint },
})
