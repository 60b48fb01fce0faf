import type { Environment } from '#preload/deployment/environments.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import type { EnvironmentActions } from './environment-actions.ts'
import type { EnvironmentTab } from './environment-search.ts'
import type { EnvironmentForbidden } from './queries.ts'

type Parts = {
  /** The opened environment, else the one under the keyboard. */
  readonly current: Environment | undefined
  readonly opened: boolean
  readonly actions: EnvironmentActions
  readonly add: () => void
  readonly turnTo: (tab: EnvironmentTab) => void
  readonly forbidden: EnvironmentForbidden
}

const area = 'Environments'
const keys: readonly (readonly [EnvironmentTab, string, string])[] = [
  ['overview', '1', 'Show the overview'],
  ['configuration', '2', 'Show the configuration'],
  ['secrets', '3', 'Show the secrets'],
  ['policy', '4', 'Show the policy'],
  ['compare', '5', 'Compare with another'],
]

/** Every action of the screen, once, for palette, keys and help. */
export function useEnvironmentCommands({ current, opened, actions, add, turnTo, forbidden }: Parts): void {
  const on = (act: (environment: Environment) => void) => () => (current === undefined ? undefined : act(current))
  const when = () => current !== undefined
  const locked = current !== undefined && current.lock !== null
  useCommands([
    {
      id: 'environments.new',
      title: 'New environment',
      area,
      shortcut: 'c',
      disabledReason: forbidden('environments.create'),
      run: add,
    },
    {
      id: 'environments.edit',
      title: 'Edit the environment',
      area,
      shortcut: 'e',
      when,
      disabledReason: forbidden('environments.update'),
      run: on(actions.edit),
    },
    {
      id: 'environments.lock',
      title: locked ? 'Unlock the environment' : 'Lock the environment',
      area,
      shortcut: 'l',
      when,
      disabledReason: forbidden(locked ? 'environments.unlock' : 'environments.lock'),
      run: on(actions.toggleLock),
    },
    {
      id: 'environments.clone',
      title: 'Clone the environment',
      area,
      shortcut: 'Shift+C',
      when,
      disabledReason: forbidden('environments.clone'),
      run: on(actions.clone),
    },
    {
      id: 'environments.moveUp',
      title: 'Move the environment up',
      area,
      shortcut: 'Shift+K',
      when,
      disabledReason: forbidden('environments.move'),
      run: on((environment) => actions.move(environment, -1)),
    },
    {
      id: 'environments.moveDown',
      title: 'Move the environment down',
      area,
      shortcut: 'Shift+J',
      when,
      disabledReason: forbidden('environments.move'),
      run: on((environment) => actions.move(environment, 1)),
    },
    {
      id: 'environments.remove',
      title: 'Remove the environment',
      area,
      shortcut: 'Delete',
      when,
      disabledReason: forbidden('environments.remove'),
      run: on(actions.remove),
    },
    ...keys.map(([tab, shortcut, title]) => ({
      id: `environments.tab.${tab}`,
      title,
      area,
      shortcut,
      when: () => opened,
      run: () => turnTo(tab),
    })),
    {
      id: 'environments.close',
      title: 'Close the detail',
      area,
      shortcut: 'Esc',
      when: () => opened,
      run: actions.close,
    },
  ])
}
