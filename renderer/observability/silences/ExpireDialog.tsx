import { asAppError } from '#preload/contract/error.ts'
import { formatMatchers } from '#preload/observability/matchers.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import type { SilenceActions } from './use-silence-actions.ts'

const shown = 5

/** Names the silences, and how many alerts will ask for attention again. */
export function ExpireDialog({ actions }: { readonly actions: SilenceActions }) {
  const { asked, expire, cancelExpire, expiring, expireError } = actions
  const suppressed = asked.reduce((sum, silence) => sum + silence.suppressed, 0)
  const failure = expireError === null ? undefined : asAppError(expireError)
  return (
    <ConfirmDialog
      open={asked.length > 0}
      onClose={cancelExpire}
      onConfirm={expire}
      title={asked.length === 1 ? 'Expire this silence?' : `Expire ${plural(asked.length, 'silence')}?`}
      target={
        <ul>
          {asked.slice(0, shown).map((silence) => (
            <li key={`${silence.target}/${silence.id}`}>
              <SafeText text={`${formatMatchers(silence.matchers)} at ${silence.targetName}`} mono />
            </li>
          ))}
          {asked.length > shown ? <li>and {asked.length - shown} more</li> : null}
        </ul>
      }
      effect={`${plural(suppressed, 'alert')} will notify again at once. Undo makes the silences again, with new ids.`}
      action={asked.length === 1 ? 'Expire silence' : 'Expire silences'}
      busy={expiring}
      error={failure === undefined ? undefined : `${failure.message} ${failure.hint ?? ''}`}
    />
  )
}
