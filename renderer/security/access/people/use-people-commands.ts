import type { Identity } from '#preload/security/access.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import { useForbidden } from '../queries.ts'
import type { PersonActions } from './PersonDetail.tsx'
import { stateOf } from './person.ts'

type Parts = {
  /** The opened person, else the one under the keyboard. */
  readonly current: Identity | undefined
  readonly opened: boolean
  readonly actions: PersonActions
}

/** Every action of the screen, once, for palette, keys and help. */
export function usePeopleCommands({ current, opened, actions }: Parts): void {
  const forbidden = useForbidden()
  const area = 'People'
  const when = () => current !== undefined
  const on = (act: (person: Identity) => void) => () => (current === undefined ? undefined : act(current))
  useCommands([
    {
      id: 'people.toggle',
      title: current?.disabled === true ? 'Enable the person' : 'Disable the person',
      area,
      shortcut: 'd',
      when,
      disabledReason: forbidden('access.setIdentity'),
      run: on(actions.toggle),
    },
    {
      id: 'people.unlock',
      title: 'Unlock the person',
      area,
      shortcut: 'u',
      when: () => current !== undefined && stateOf(current, Date.now()) === 'locked',
      disabledReason: forbidden('access.unlockIdentity'),
      run: on(actions.unlock),
    },
    {
      id: 'people.factors',
      title: 'Reset the second factors of the person',
      area,
      when,
      disabledReason: forbidden('access.resetFactors'),
      run: on(actions.resetFactors),
    },
    { id: 'people.close', title: 'Close the detail', area, shortcut: 'Esc', when: () => opened, run: actions.close },
  ])
}
