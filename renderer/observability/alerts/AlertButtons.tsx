import { BellOff, CheckCheck, StickyNote, Undo2, UserRound } from 'lucide-react'
import { Button } from '#renderer/ui/Button.tsx'
import type { Forbidden } from './queries.ts'
import { knownOf, type Target } from './target.ts'
import type { AlertActions } from './use-alert-actions.ts'

type AlertButtonsProps = {
  readonly target: Target
  readonly actions: AlertActions
  readonly forbidden: Forbidden
}

/** The actions on one alert or on a selection. What a role forbids stays, greyed, and says so. */
export function AlertButtons({ target, actions, forbidden }: AlertButtonsProps) {
  const known = knownOf(target)
  const someAcknowledged = target.kind === 'all' || known.some(({ acknowledgement }) => acknowledgement !== null)
  const someFree = target.kind === 'all' || known.some(({ acknowledgement }) => acknowledgement === null)
  const allResolved = target.kind === 'alerts' && known.every(({ state }) => state === 'resolved')
  return (
    <>
      {someFree ? (
        <Button
          icon={CheckCheck}
          shortcut="a"
          disabled={allResolved}
          forbidden={forbidden('alerts.acknowledge')}
          onClick={() => actions.acknowledge(target)}
        >
          Acknowledge
        </Button>
      ) : null}
      {someAcknowledged ? (
        <Button
          icon={Undo2}
          shortcut="Shift+A"
          forbidden={forbidden('alerts.unacknowledge')}
          onClick={() => actions.unacknowledge(target)}
        >
          Unacknowledge
        </Button>
      ) : null}
      <Button
        icon={BellOff}
        shortcut="s"
        forbidden={forbidden('silences.create')}
        onClick={() => actions.silence(target)}
      >
        Silence
      </Button>
      <Button
        icon={UserRound}
        shortcut="i"
        forbidden={forbidden('alerts.assign')}
        onClick={() => actions.assign(target)}
      >
        Assign
      </Button>
      <Button icon={StickyNote} shortcut="n" forbidden={forbidden('alerts.note')} onClick={() => actions.note(target)}>
        Note
      </Button>
    </>
  )
}
