import type { Handlers } from '#main/kernel/service.ts'
import type { audit } from '#preload/security/audit.ts'
import { exportEntries } from './export.ts'
import type { ExportPorts } from './material.ts'

export const exportHandlers = (ports: ExportPorts): Pick<Handlers<typeof audit>, 'export'> => ({
  export: ({ format, filter }, { caller, signal }) => exportEntries(format, filter, ports, signal, caller.name),
})
