import { parseArgs } from 'node:util'

/** What the host understands when it starts. */
export type HostOptions = {
  readonly port: number
  readonly data: string | undefined
  readonly readOnly: boolean
}

/** Reads the arguments of the server host. @throws Error with a sentence for a wrong one. */
export function readHostOptions(args: readonly string[]): HostOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      data: { type: 'string' },
      'read-only': { type: 'boolean', default: false },
    },
    strict: true,
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is not a port number.`)
  return { port, data: values.data, readOnly: values['read-only'] }
}
