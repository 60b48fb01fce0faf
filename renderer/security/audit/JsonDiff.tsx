import { clsx } from 'clsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { diffJson, type Json, type JsonChange, jsonText } from './json-diff.ts'

const signs: Readonly<
  Record<JsonChange['kind'], { readonly sign: string; readonly word: string; readonly color: string }>
> = {
  added: { sign: '+', word: 'added', color: 'text-ok' },
  removed: { sign: '−', word: 'removed', color: 'text-high' },
  changed: { sign: '~', word: 'changed', color: 'text-accent' },
  same: { sign: ' ', word: 'unchanged', color: 'text-muted' },
}

function Value({ change }: { readonly change: JsonChange }) {
  if (change.kind !== 'changed') {
    const value = change.kind === 'removed' ? change.before : change.after
    return <SafeText text={jsonText(value)} mono className={clsx(change.kind === 'removed' && 'line-through')} />
  }
  return (
    <>
      <SafeText text={jsonText(change.before)} mono className="text-muted line-through" />
      <span aria-hidden className="mx-1 text-muted">
        →
      </span>
      <span className="sr-only"> became </span>
      <SafeText text={jsonText(change.after)} mono />
    </>
  )
}

type JsonDiffProps = { readonly before: Json; readonly after: Json }

/** Before and after, key by key: what changed first, what stayed below. */
export function JsonDiff({ before, after }: JsonDiffProps) {
  const changes = diffJson(before, after)
  if (changes.length === 0) return <p className="text-muted">Nothing was recorded.</p>
  const unchanged = changes.every(({ kind }) => kind === 'same')
  const sorted = [...changes.filter(({ kind }) => kind !== 'same'), ...changes.filter(({ kind }) => kind === 'same')]
  return (
    <>
      {unchanged ? <p className="pb-1 text-muted">Nothing changed.</p> : null}
      <ul className="flex flex-col rounded border border-line bg-surface-0 py-1">
        {sorted.map((change) => {
          const { sign, word, color } = signs[change.kind]
          return (
            <li
              key={change.path}
              className="grid grid-cols-[16px_minmax(80px,160px)_minmax(0,1fr)] items-baseline gap-2 px-2 py-0.5"
            >
              <span className={clsx('text-center font-mono text-code', color)} title={word}>
                <span aria-hidden>{sign}</span>
                <span className="sr-only">{word}</span>
              </span>
              <SafeText text={change.path === '' ? 'value' : change.path} mono oneLine className="text-muted" />
              <span className="min-w-0">
                <Value change={change} />
              </span>
            </li>
          )
        })}
      </ul>
    </>
  )
}
