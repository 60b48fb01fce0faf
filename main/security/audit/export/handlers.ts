import type { Handlers } from '#main/kernel/service.ts'
import type { audit } from '#preload/security/audit.ts'
import type { ExportPorts } from './material.ts'

export const exportHandlers = (ports: ExportPorts): Pick<Handlers<typeof audit>, 'export'> => ({
  async *export({ format, filter }, { caller, signal }) {
    const { exportEntries } = await import('./export.ts') // the formats bring libraries that a start need not wait for
    yield* exportEntries(format, filter, ports, signal, caller.name)
  },
})
