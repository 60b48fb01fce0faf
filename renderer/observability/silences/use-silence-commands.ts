import type { Silence } from '#preload/observability/silences.ts'
import { useCommands } from '#renderer/ui/commands.ts'
import { formatDuration } from '#renderer/ui/format.ts'
import { extensions } from './extension.ts'
import type { Forbidden } from './queries.ts'
import type { SilenceActions } from './use-silence-actions.ts'

type Parts = {
  /** The selection, else the silence under the keyboard. */
  readonly target: () => readonly Silence[]
  readonly actions: SilenceActions
  readonly forbidden: Forbidden
}

const area = 'Silences'

/** Every action of the screen, once, for palette, keys and help. */
export function useSilenceCommands({ target, actions, forbidden }: Parts): void {
  const when = () => target().length > 0
  useCommands([
    {
      id: 'silences.new',
      title: 'New silence',
      area,
      shortcut: 'c',
      disabledReason: forbidden('silences.create'),
      run: actions.create,
    },
    {
      id: 'silences.edit',
      title: 'Edit the silence',
      area,
      shortcut: 'e',
      when: () => target().length === 1,
      disabledReason: forbidden('silences.edit'),
      run: () => {
        const [silence] = target()
        if (silence !== undefined) actions.edit(silence)
      },
    },
    {
      id: 'silences.expire',
      title: 'Expire the silence or the selection',
      area,
      shortcut: 'Shift+D',
      when,
      disabledReason: forbidden('silences.expire'),
      run: () => actions.askToExpire(target()),
    },
    ...extensions.map((seconds, at) => ({
      id: `silences.extend.${seconds}`,
      title: `Extend by ${formatDuration(seconds)}`,
      area,
      shortcut: at === 0 ? 'plus' : undefined,
      when,
      disabledReason: forbidden('silences.extend'),
      run: () => actions.extend(target(), seconds),
    })),
  ])
}
