import { clsx } from 'clsx'
import { useMemo, useState } from 'react'
import { formatBytes } from './format.ts'
import { headOf, inertPieces } from './inert-text.ts'

const foldBeyond = 2_048

export type SafeTextProps = {
  readonly text: string
  readonly mono?: boolean | undefined
  /** Keep to one line, cut with an ellipsis. */
  readonly oneLine?: boolean | undefined
  readonly className?: string | undefined
}

/** Untrusted text, inert: control characters, bidi overrides and ANSI are shown as marks; long text folds. */
export function SafeText({ text, mono = false, oneLine = false, className }: SafeTextProps) {
  const [open, setOpen] = useState(false)
  const folded = text.length > foldBeyond && !open
  const pieces = useMemo(() => inertPieces(folded ? headOf(text, foldBeyond) : text), [text, folded])
  return (
    <bdi
      className={clsx(
        mono && 'font-mono text-code',
        oneLine ? 'block truncate' : 'break-words whitespace-pre-wrap',
        className,
      )}
    >
      {pieces.map((piece, at) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other identity
            key={at}
            title={piece.meaning}
            className="mx-px rounded-sm border border-warning px-0.5 font-mono text-label text-warning select-none"
          >
            {piece.label}
          </span>
        ),
      )}
      {folded && oneLine ? '…' : null}
      {text.length > foldBeyond && !oneLine ? (
        <button type="button" onClick={() => setOpen(!open)} className="ml-1 h-6 text-accent hover:underline">
          {open ? 'Show less' : `… Show all (${formatBytes(text.length)})`}
        </button>
      ) : null}
    </bdi>
  )
}
