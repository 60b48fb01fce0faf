import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import type { Placement, Service } from '#preload/deployment/rollouts.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RunningConfiguration } from '../RunningConfiguration.tsx'
import { configurationsOf, useForbidden } from './queries.ts'
import { Written } from './Written.tsx'

export type Ask = { readonly kind: 'back' | 'stop'; readonly placement: Placement }

type PlacementsProps = { readonly service: Service; readonly onAsk: (ask: Ask) => void }

/** Where a service runs, with what configuration where that is not the present one, and how it is stopped or brought back. */
export function Placements({ service, onAsk }: PlacementsProps) {
  const configurations = useQuery(configurationsOf(service.name))
  if (service.placements.length === 0) return <p className="text-muted">It runs nowhere.</p>
  return (
    <ul>
      {service.placements.map((placement) => {
        const { environment, version } = placement
        const runs = configurations.data?.find((each) => each.environment === environment && each.version === version)
        return (
          <li key={environment} className="border-t border-line py-1">
            <PlacementLine placement={placement} onAsk={onAsk} />
            {version === null ? null : <Written environment={environment} service={service.name} version={version} />}
            {runs === undefined ? null : <RunningConfiguration configuration={runs} />}
          </li>
        )
      })}
    </ul>
  )
}

function PlacementLine({ placement, onAsk }: { readonly placement: Placement; readonly onAsk: (ask: Ask) => void }) {
  const { environment, version, address, previous } = placement
  const forbidden = useForbidden()
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-3">
      <strong className="w-24 truncate font-medium">{environment}</strong>
      <span className="min-w-16 truncate">
        <SafeText text={version ?? 'not rolled out'} />
      </span>
      <span className="flex-1 whitespace-nowrap">
        <Link href={address}>{address}</Link>
      </span>
      {previous === null ? null : (
        <Button
          size={24}
          icon={Undo2}
          forbidden={forbidden('rollouts.rollBack')}
          onClick={() => onAsk({ kind: 'back', placement })}
        >
          Back to {previous}
        </Button>
      )}
      <Button
        size={24}
        forbidden={forbidden('rollouts.decommission')}
        onClick={() => onAsk({ kind: 'stop', placement })}
      >
        Stop
      </Button>
    </div>
  )
}
