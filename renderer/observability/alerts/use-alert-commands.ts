import { useCommands } from '#renderer/ui/commands.ts'
import type { Forbidden } from './queries.ts'
import type { Target } from './target.ts'
import type { AlertActions } from './use-alert-actions.ts'

type Parts = {
  /** What an action would be about now; asked at the moment of the key press. */
  readonly target: () => Target | null
  readonly actions: AlertActions
  readonly forbidden: Forbidden
  readonly opened: boolean
  readonly canOpen: () => boolean
  readonly openActive: () => void
  readonly close: () => void
  readonly copyLink: () => void
  readonly save: () => void
}

const area = 'Alerts'

/** Every action of the screen, once, for palette, keys and help. */
export function useAlertCommands(parts: Parts): void {
  const { target, actions, forbidden, opened, canOpen, openActive, close, copyLink, save } = parts
  const on = (act: (about: Target) => void) => () => {
    const about = target()
    if (about !== null) act(about)
  }
  const when = () => target() !== null
  useCommands([
    {
      id: 'alerts.acknowledge',
      title: 'Acknowledge the alert or the selection',
      area,
      shortcut: 'a',
      when,
      disabledReason: forbidden('alerts.acknowledge'),
      run: on(actions.acknowledge),
    },
    {
      id: 'alerts.unacknowledge',
      title: 'Take the acknowledgement back',
      area,
      shortcut: 'Shift+A',
      when,
      disabledReason: forbidden('alerts.unacknowledge'),
      run: on(actions.unacknowledge),
    },
    {
      id: 'alerts.silence',
      title: 'Silence the alert or the selection',
      area,
      shortcut: 's',
      when,
      disabledReason: forbidden('silences.create'),
      run: on(actions.silence),
    },
    {
      id: 'alerts.assign',
      title: 'Assign the alert or the selection',
      area,
      shortcut: 'i',
      when,
      disabledReason: forbidden('alerts.assign'),
      run: on(actions.assign),
    },
    {
      id: 'alerts.note',
      title: 'Add a note',
      area,
      shortcut: 'n',
      when,
      disabledReason: forbidden('alerts.note'),
      run: on(actions.note),
    },
    {
      id: 'alerts.refresh',
      title: 'Ask all sources now',
      area,
      shortcut: 'r',
      disabledReason: forbidden('alerts.refresh'),
      run: () => actions.refresh(),
    },
    { id: 'alerts.open', title: 'Open the alert', area, shortcut: 'o', when: canOpen, run: openActive },
    { id: 'alerts.copy', title: 'Copy a link to this view', area, shortcut: 'y', run: copyLink },
    {
      id: 'alerts.saveView',
      title: 'Save this view',
      area,
      disabledReason: forbidden('operations.saveView'),
      run: save,
    },
    { id: 'alerts.close', title: 'Close the detail', area, shortcut: 'Esc', when: () => opened, run: close },
  ])
}
