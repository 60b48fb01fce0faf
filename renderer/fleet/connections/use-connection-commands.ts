import type { Connection } from '#preload/fleet/connections.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import type { ConnectionActions } from './ConnectionDetail.tsx'
import type { useForbidden } from './queries.ts'

type Parts = {
  /** The opened connection, else the one under the keyboard. */
  readonly current: Connection | undefined
  readonly opened: boolean
  readonly actions: ConnectionActions
  readonly add: () => void
  readonly forbidden: ReturnType<typeof useForbidden>
}

/** Every action of the screen, once, for palette, keys and help. */
export function useConnectionCommands({ current, opened, actions, add, forbidden }: Parts): void {
  const area = 'Connections'
  const on = (act: (connection: Connection) => void) => () => (current === undefined ? undefined : act(current))
  const when = () => current !== undefined
  useCommands([
    {
      id: 'connections.new',
      title: 'New connection',
      area,
      shortcut: 'c',
      disabledReason: forbidden('connections.create'),
      run: add,
    },
    {
      id: 'connections.edit',
      title: 'Edit the connection',
      area,
      shortcut: 'e',
      when,
      disabledReason: forbidden('connections.update'),
      run: on(actions.edit),
    },
    { id: 'connections.test', title: 'Test the connection', area, shortcut: 't', when, run: on(actions.test) },
    {
      id: 'connections.toggle',
      title: current?.enabled === false ? 'Enable the connection' : 'Disable the connection',
      area,
      shortcut: 'd',
      when,
      disabledReason: forbidden('connections.setEnabled'),
      run: on(actions.toggle),
    },
    {
      id: 'connections.remove',
      title: 'Remove the connection',
      area,
      shortcut: 'Delete',
      when,
      disabledReason: forbidden('connections.remove'),
      run: on(actions.remove),
    },
    {
      id: 'connections.close',
      title: 'Close the detail',
      area,
      shortcut: 'Esc',
      when: () => opened,
      run: actions.close,
    },
  ])
}
