import { clsx } from 'clsx'
import { ListFilter, X } from 'lucide-react'
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { IconButton } from '../Button.tsx'
import { useCommands } from '../commands.ts'
import { Kbd } from '../Kbd.tsx'
import { CompletionList } from './CompletionList.tsx'
import { accept, type Completion, errorSpan } from './completion.ts'
import { type Complete, useCompletions } from './use-completions.ts'

export type MatcherInputProps = {
  /** The accessible name: `Filter alerts`. */
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** Where and why the text cannot be read; null or undefined when it can. */
  readonly error?: { readonly offset: number; readonly message: string } | null | undefined
  readonly complete?: Complete | undefined
  /** Enter, while no completion is chosen. */
  readonly onSubmit?: ((value: string) => void) | undefined
  readonly placeholder?: string | undefined
  /** `/` comes here. */
  readonly slash?: boolean | undefined
}

const textClass = 'font-mono text-code whitespace-pre'

/** A one-line input for matchers: errors underlined where they are, completions at the caret. */
export function MatcherInput(props: MatcherInputProps) {
  const { label, value, onChange, error, complete, onSubmit, slash = false } = props
  const { placeholder = 'severity="critical", namespace=~"pay.*"' } = props
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [scroll, setScroll] = useState(0)
  const [caret, setCaret] = useState(0)
  const completions = useCompletions(complete)
  const { items, active, fresh } = completions
  const opened = items.length > 0

  const focus = () => {
    input.current?.focus()
    input.current?.select()
  }
  useCommands(slash ? [{ id: 'filter.focus', title: label, area: 'This screen', shortcut: '/', run: focus }] : [])

  const ask = () => {
    const element = input.current
    if (element === null) return
    setScroll(element.scrollLeft)
    setCaret(element.selectionStart ?? element.value.length)
    completions.ask(element.value, element.selectionStart ?? element.value.length)
  }
  const take = (completion: Completion) => {
    const edit = accept(value, input.current?.selectionStart ?? value.length, completion)
    onChange(edit.text)
    completions.close()
    // The value arrives with the next render; the caret has to wait for it.
    requestAnimationFrame(() => {
      input.current?.setSelectionRange(edit.caret, edit.caret)
      ask()
    })
  }
  const move = (by: number) => completions.setActive((active + by + items.length) % items.length)

  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = fresh ? items[active] : undefined
    const { key } = event
    // Runs whatever the screen runs, whether or not something is being completed.
    if (key === 'Enter' && (event.ctrlKey || event.metaKey)) return completions.close()
    if (key === ' ' && event.ctrlKey) ask()
    else if (opened && key === 'ArrowDown') move(1)
    else if (opened && key === 'ArrowUp') move(-1)
    else if (opened && chosen !== undefined && (key === 'Enter' || key === 'Tab')) take(chosen)
    else if (opened && key === 'Escape') completions.close()
    else if (opened && !fresh && key === 'Enter') return event.preventDefault()
    else if (key === 'ArrowDown') ask()
    else if (key === 'Enter') onSubmit?.(value)
    else if (key === 'Escape') input.current?.blur()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const span = error === null || error === undefined ? null : errorSpan(value, error.offset)
  return (
    <div className="relative min-w-0 flex-1">
      <div
        className={clsx(
          'relative flex h-7 items-center rounded border bg-surface-0 focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent',
          span === null ? 'border-control' : 'border-critical',
        )}
      >
        <ListFilter aria-hidden size={14} strokeWidth={1.75} className="ml-2 shrink-0 text-muted" />
        <div className="relative h-full min-w-0 flex-1">
          {span === null ? null : (
            <div aria-hidden className="pointer-events-none absolute inset-0 overflow-hidden px-2 leading-[26px]">
              <div
                className={clsx(textClass, 'leading-[26px]! text-transparent')}
                style={{ translate: `${-scroll}px 0` }}
              >
                {value.slice(0, span.from)}
                <span className="error-squiggle">{value.slice(span.from, span.to).padEnd(1, ' ')}</span>
              </div>
            </div>
          )}
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label={label}
            aria-autocomplete="list"
            aria-expanded={opened}
            aria-controls={`${id}-list`}
            aria-activedescendant={opened ? `${id}-${active}` : undefined}
            aria-invalid={span !== null}
            aria-describedby={span === null ? undefined : `${id}-error`}
            autoComplete="off"
            spellCheck={false}
            value={value}
            placeholder={placeholder}
            onChange={(event) => {
              onChange(event.target.value)
              ask()
            }}
            onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
            onKeyDown={onKeyDown}
            onBlur={completions.close}
            className={clsx(textClass, 'relative h-full w-full bg-transparent px-2 outline-none')}
          />
        </div>
        {value === '' && slash ? <Kbd shortcut="/" className="mr-1.5" /> : null}
        {value === '' ? null : <IconButton icon={X} size={24} label="Clear the filter" onClick={() => onChange('')} />}
      </div>
      {span === null ? null : (
        <p
          id={`${id}-error`}
          role="status"
          className="absolute top-full left-0 z-20 mt-0.5 max-w-full rounded border border-critical bg-surface-2 px-2 py-0.5 text-secondary text-critical"
          hidden={opened}
        >
          {error?.message} <span className="text-muted">at character {span.from + 1}</span>
        </p>
      )}
      <CompletionList
        id={id}
        items={items}
        active={active}
        before={value.slice(0, items[0]?.from ?? caret)}
        scroll={scroll}
        onPick={take}
        onHover={completions.setActive}
      />
    </div>
  )
}
