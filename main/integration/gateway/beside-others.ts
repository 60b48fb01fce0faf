import { isDeepStrictEqual } from 'node:util'
import type { GatewayProblem } from '#preload/integration/gateway.ts'
import type { ReadFile } from './file.ts'
import type { TakenListener } from './gateway-plane.ts'
import { type PlaneConfigInput, usualLimits } from './plane/config.ts'

type Listener = PlaneConfigInput['listeners'][number]

const everywhere = new Set(['0.0.0.0', '::'])

/** What is read of a file, with the listeners that another file or a service is in the way of as problems at their places. */
export function besideOthers(name: string | null, read: ReadFile, taken: readonly TakenListener[]): ReadFile {
  const { config, places } = read
  if (config.servedBy !== undefined) return read
  const others = taken.filter(({ kind, owner }) => kind !== 'file' || owner !== name)
  const problems = config.listeners.flatMap((listener): GatewayProblem[] => {
    const place = places.get(listener.name)
    const messages = others.map((other) => inTheWay(listener, other)).filter((message) => message !== null)
    const [message] = messages
    return message === undefined ? [] : [{ document: place?.document ?? null, path: place?.path ?? '', message }]
  })
  return { ...read, problems: [...read.problems, ...problems] }
}

function inTheWay(listener: Listener, { kind, owner, listener: other }: TakenListener): string | null {
  if (listener.port !== other.port) return null
  const whose = `the ${kind} “${owner}”`
  const [host, otherHost] = [hostOf(listener), hostOf(other)]
  const port = `Port ${listener.port}`
  if (host !== otherHost)
    return everywhere.has(host) || everywhere.has(otherHost)
      ? `${port} is taken by ${whose}, which listens on ${otherHost}. Use another port, or the same address.`
      : null
  if (listener.protocol !== other.protocol)
    return `${port} is taken by ${whose}, which speaks ${other.protocol.toUpperCase()} there. Use another port.`
  if ((listener.acceptProxyProtocol ?? false) !== (other.acceptProxyProtocol ?? false))
    return `${port} is shared with ${whose}: say the same of acceptProxyProtocol in both, or use another port.`
  if (!isDeepStrictEqual(limitsOf(listener), limitsOf(other)))
    return `${port} is shared with ${whose}: say the same limits in both, or use another port.`
  const hostname = listener.hostname ?? '*'
  if (hostname !== (other.hostname ?? '*')) return null
  const which = hostname === '*' ? '' : ` for ${hostname}`
  return `${port} is taken${which} by ${whose}. Use another port, or a hostname of its own.`
}

const limitsOf = ({ limits }: Listener) => ({ ...usualLimits, ...limits })
const hostOf = ({ host = '127.0.0.1' }: Listener): string => host
