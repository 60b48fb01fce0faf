import { CircleCheck, CircleDashed, CircleDotDashed, type LucideIcon, OctagonAlert, TriangleAlert } from 'lucide-react'
import type { GatewayBackend, GatewayCertificate } from '#preload/integration/gateway.ts'
import type { GatewayEnvoys, GatewayKongs } from '#preload/integration/other-gateways.ts'
import { plural } from '#renderer/ui/format.ts'

type Look = { readonly icon: LucideIcon; readonly color: string; readonly word: string }

function Mark({ icon: Icon, color, word }: Look) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${color}`}>
      <Icon aria-hidden size={13} strokeWidth={1.75} className="shrink-0" />
      {word}
    </span>
  )
}

const healths: Readonly<Record<GatewayBackend['endpoints'][number]['health'], Look>> = {
  healthy: { icon: CircleCheck, color: 'text-ok', word: 'healthy' },
  unhealthy: { icon: OctagonAlert, color: 'text-critical', word: 'unhealthy' },
  unknown: { icon: CircleDashed, color: 'text-muted', word: 'not checked' },
}
const ejection: Look = { icon: TriangleAlert, color: 'text-warning', word: 'taken out after failures' }

type EndpointMarkProps = Pick<GatewayBackend['endpoints'][number], 'health'> & { readonly ejected: boolean }

export const EndpointMark = ({ health, ejected }: EndpointMarkProps) => (
  <Mark {...(ejected && health !== 'unhealthy' ? ejection : healths[health])} />
)

const circuits: Readonly<Record<GatewayBackend['circuit'], Look>> = {
  closed: { icon: CircleCheck, color: 'text-ok', word: 'circuit closed' },
  half_open: { icon: CircleDotDashed, color: 'text-warning', word: 'circuit half open' },
  open: { icon: OctagonAlert, color: 'text-critical', word: 'circuit open' },
}

export const CircuitMark = ({ circuit }: Pick<GatewayBackend, 'circuit'>) => <Mark {...circuits[circuit]} />

const envoyStates: Readonly<Record<GatewayEnvoys['envoys'][number]['state'], Look>> = {
  'in force': { icon: CircleCheck, color: 'text-ok', word: 'has everything' },
  'takes it up': { icon: CircleDotDashed, color: 'text-accent', word: 'takes it up' },
  refused: { icon: OctagonAlert, color: 'text-critical', word: 'refuses it' },
  away: { icon: CircleDashed, color: 'text-muted', word: 'away' },
}

export const EnvoyMark = ({ state }: Pick<GatewayEnvoys['envoys'][number], 'state'>) => <Mark {...envoyStates[state]} />

const kongStates: Readonly<Record<GatewayKongs['kongs'][number]['state'], Look>> = {
  'in force': { icon: CircleCheck, color: 'text-ok', word: 'has everything' },
  sending: { icon: CircleDotDashed, color: 'text-accent', word: 'is being sent it' },
  refused: { icon: OctagonAlert, color: 'text-critical', word: 'refuses it' },
  'changed by somebody else': { icon: TriangleAlert, color: 'text-warning', word: 'changed by somebody else' },
  away: { icon: CircleDashed, color: 'text-muted', word: 'away' },
  'cannot be driven': { icon: TriangleAlert, color: 'text-warning', word: 'cannot be driven' },
}

export const KongMark = ({ state }: Pick<GatewayKongs['kongs'][number], 'state'>) => <Mark {...kongStates[state]} />

const warnedDays = 30

function expiryLook(daysLeft: number): Look {
  if (daysLeft < 0) return { icon: OctagonAlert, color: 'text-critical', word: 'expired' }
  const left = daysLeft === 0 ? 'ends today' : `${plural(daysLeft, 'day')} left`
  return daysLeft <= warnedDays
    ? { icon: TriangleAlert, color: 'text-warning', word: left }
    : { icon: CircleCheck, color: 'text-ok', word: left }
}

export const ExpiryMark = ({ certificate }: { readonly certificate: Pick<GatewayCertificate, 'daysLeft'> }) => (
  <Mark {...expiryLook(certificate.daysLeft)} />
)
