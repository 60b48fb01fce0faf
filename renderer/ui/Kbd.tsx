import { clsx } from 'clsx'
import { isMac, shortcutKeys } from './shortcuts.ts'

type KbdProps = { readonly shortcut: string; readonly className?: string | undefined }

/** The key caps of a shortcut, in the names of this platform. */
export function Kbd({ shortcut, className }: KbdProps) {
  return (
    <span className={clsx('inline-flex items-center gap-1 whitespace-nowrap', className)}>
      {shortcutKeys(shortcut, isMac()).map((keys, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a shortcut never reorders its keys
        <span key={at} className="inline-flex items-center gap-0.5">
          {keys.map((key) => (
            <kbd
              key={key}
              className="inline-flex h-4 min-w-4 items-center justify-center rounded-sm border border-line bg-surface-0 px-1 font-sans text-label text-muted"
            >
              {key}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  )
}
