import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Pencil, Plus, Rocket, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import type { Service } from '#preload/deployment/rollouts.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { ComesBackWith } from '../RunningConfiguration.tsx'
import { GitSources } from './GitSources.tsx'
import { type Ask, Placements } from './Placements.tsx'
import { configurationsOf, useForbidden, useRolloutChange } from './queries.ts'
import { ReleaseDialog } from './ReleaseDialog.tsx'
import { Releases } from './Releases.tsx'
import { RemoveService, servedReason } from './RemoveService.tsx'
import { RollOutDialog } from './RollOutDialog.tsx'

type ServiceDetailProps = { readonly service: Service; readonly onEdit: () => void; readonly onClose: () => void }

/** One service: where it runs, its versions, and what can be done with them. */
export function ServiceDetail({ service, onEdit, onClose }: ServiceDetailProps) {
  const [dialog, setDialog] = useState<'release' | 'roll out' | 'remove' | null>(null)
  const [ask, setAsk] = useState<Ask | null>(null)
  const forbidden = useForbidden()
  const navigate = useNavigate()
  const rollout = (id: string): void => void navigate({ to: '/rollouts', search: { open: id } as never })
  const back = useRolloutChange((environment: string) =>
    api.rollouts.rollBack({ environment, service: service.name, reason: '' }),
  )
  const stop = useRolloutChange((environment: string) =>
    api.rollouts.decommission({ environment, service: service.name }),
  )
  useCommands([
    {
      ...{ id: 'services.rollOut', title: 'Roll out a version', area: 'Services', shortcut: 'r' },
      disabledReason: forbidden('rollouts.start'),
      run: () => setDialog('roll out'),
    },
  ])
  const confirm = (): void => {
    if (ask?.kind === 'back') back.mutate(ask.placement.environment, { onSuccess: ({ id }) => rollout(id) })
    else if (ask) stop.mutate(ask.placement.environment, { onSuccess: () => setAsk(null) })
  }
  const { name } = service
  const configurations = useQuery(configurationsOf(name))
  return (
    <div className="flex h-full flex-col gap-3 overflow-auto p-3">
      <header className="flex items-center gap-2">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-title">{name}</h2>
        <IconButton size={24} icon={X} label="Close" onClick={onClose} />
      </header>
      {service.description === '' ? null : <SafeText text={service.description} />}
      <div className="flex flex-wrap gap-2">
        <Button
          icon={Rocket}
          kind="primary"
          shortcut="r"
          forbidden={forbidden('rollouts.start')}
          onClick={() => setDialog('roll out')}
        >
          Roll out
        </Button>
        <Button icon={Plus} forbidden={forbidden('rollouts.addRelease')} onClick={() => setDialog('release')}>
          Add a version
        </Button>
        <Button icon={Pencil} forbidden={forbidden('rollouts.saveService')} onClick={onEdit}>
          Edit
        </Button>
        <Button
          icon={Trash2}
          kind="danger"
          forbidden={forbidden('rollouts.removeService') ?? servedReason(service)}
          onClick={() => setDialog('remove')}
        >
          Remove
        </Button>
      </div>
      <Section title="Where it runs" count={service.placements.length}>
        <Placements service={service} onAsk={setAsk} />
      </Section>
      <Section title="What Git says">
        <GitSources service={name} />
      </Section>
      <Section title="Versions">
        <Releases service={name} />
      </Section>
      {dialog === 'release' ? <ReleaseDialog service={name} onClose={() => setDialog(null)} /> : null}
      {dialog === 'roll out' ? (
        <RollOutDialog service={service} onClose={() => setDialog(null)} onStarted={rollout} />
      ) : null}
      {dialog === 'remove' ? (
        <RemoveService service={service} onClose={() => setDialog(null)} onRemoved={onClose} />
      ) : null}
      {ask === null ? null : (
        <ConfirmDialog
          open
          onClose={() => setAsk(null)}
          onConfirm={confirm}
          title={ask.kind === 'back' ? 'Bring the version before back?' : 'Stop this service?'}
          target={`${name} in ${ask.placement.environment}`}
          effect={
            ask.kind === 'back' ? (
              <>
                <p>{`${ask.placement.previous} gets all requests as soon as it is ready, and ${ask.placement.version} ends.`}</p>
                <ComesBackWith
                  configuration={configurations.data?.find(
                    ({ environment, version }) =>
                      environment === ask.placement.environment && version === ask.placement.previous,
                  )}
                />
              </>
            ) : (
              `All its instances end and ${ask.placement.address} answers no more.`
            )
          }
          action={ask.kind === 'back' ? 'Roll back' : 'Stop it'}
          destructive={ask.kind === 'stop'}
          {...(ask.kind === 'stop' && /^prod/.test(ask.placement.environment) ? { typedName: name } : {})}
          busy={back.isPending || stop.isPending}
          error={(back.error ?? stop.error)?.message}
        />
      )}
    </div>
  )
}
