export type Completion = {
  /** What the list shows. */
  readonly label: string
  /** What replaces the text from `from` to the caret. */
  readonly insert: string
  /** Offset where the replaced text begins. */
  readonly from: number
  /** A word at the right: `label`, `17 alerts`. */
  readonly detail?: string | undefined
}

export type Edit = { readonly text: string; readonly caret: number }

/** The text after a completion was accepted, and where the caret stands then. */
export function accept(text: string, caret: number, completion: Completion): Edit {
  const from = Math.min(Math.max(completion.from, 0), caret)
  return {
    text: text.slice(0, from) + completion.insert + text.slice(caret),
    caret: from + completion.insert.length,
  }
}

/** The stretch to underline for an error at an offset: the word there, at least one character. */
export function errorSpan(text: string, offset: number): { readonly from: number; readonly to: number } {
  const from = Math.min(Math.max(offset, 0), text.length)
  const word = /^[\w.:-]+|^"(?:[^"\\]|\\.)*"?/.exec(text.slice(from))?.[0].length ?? 1
  return { from, to: from + Math.max(1, word) }
}
