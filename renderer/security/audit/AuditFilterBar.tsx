import { useQuery } from '@tanstack/react-query'
import { ListFilter, Search } from 'lucide-react'
import { type KeyboardEvent, useRef } from 'react'
import { auditOutcome } from '#preload/security/audit.ts'
import { useScope } from '#renderer/app/scope.ts'
import { labelOfRange } from '#renderer/app/time-range.ts'
import { LabelChip } from '#renderer/ui/Badge.tsx'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { Field } from '#renderer/ui/Field.tsx'
import { Popover } from '#renderer/ui/Popover.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { type Option, Select } from '#renderer/ui/Select.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { useDraft } from '#renderer/ui/use-draft.ts'
import { type AuditSearch, isFiltered } from './audit-search.ts'
import { operationChoices } from './choices.ts'
import { nameOfSubject } from './people.ts'
import { auditFacets } from './queries.ts'

const any = ''

type Person = { readonly subject: string; readonly name: string | null }

const choose = (everything: string, values: readonly string[], chosen: string | undefined): readonly Option[] => {
  // A link may name what does not occur any more; it is still what the list is filtered by.
  const known = chosen === undefined || values.includes(chosen) ? values : [chosen, ...values]
  return [{ value: any, label: everything }, ...known.map((value) => ({ value, label: value }))]
}

const people = (actors: readonly Person[], chosen: string | undefined): readonly Option[] => {
  const known = actors.map(({ subject, name }) => ({ value: subject, label: nameOfSubject(subject, name) }))
  const missing = chosen === undefined || actors.some(({ subject }) => subject === chosen)
  return [{ value: any, label: 'Everybody' }, ...(missing ? [] : [{ value: chosen, label: chosen }]), ...known]
}

type AuditFilterBarProps = {
  readonly search: AuditSearch
  readonly onNarrow: (change: AuditSearch) => void
  readonly onClear: () => void
}

/** Every reading of the log is itself logged, so a filter is read once somebody stops typing. */
const pauseMs = 400

type WordsProps = {
  readonly label: string
  readonly value: string | undefined
  readonly onWords: (words: string | undefined) => void
}

function useWords({ value, onWords }: Pick<WordsProps, 'value' | 'onWords'>) {
  return useDraft(value ?? '', (words) => onWords(words.trim() === '' ? undefined : words), pauseMs)
}

function IdField({ label, value, onWords }: WordsProps) {
  const [words, setWords] = useWords({ value, onWords })
  return (
    <Field label={label}>
      <TextField mono value={words} onChange={(event) => setWords(event.target.value)} />
    </Field>
  )
}

function More({ search, onNarrow }: Omit<AuditFilterBarProps, 'onClear'>) {
  return (
    <Popover label="More filters" trigger={<Button icon={ListFilter}>More</Button>}>
      <div className="flex w-80 flex-col gap-3 p-3">
        <IdField label="Target" value={search.target} onWords={(target) => onNarrow({ target })} />
        <IdField
          label="Correlation id"
          value={search.correlation}
          onWords={(correlation) => onNarrow({ correlation: correlation?.trim() })}
        />
      </div>
    </Popover>
  )
}

const focusList = () => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus()

/** Words in the entries. Enter goes on to the list, Escape leaves the field once it is empty. */
function SearchField({ label, value, onWords }: WordsProps) {
  const [words, setWords] = useWords({ value, onWords })
  const input = useRef<HTMLInputElement>(null)
  useCommands([
    { id: 'filter.focus', title: label, area: 'This screen', shortcut: '/', run: () => input.current?.focus() },
  ])
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') focusList()
    if (event.key !== 'Escape') return
    if (words === '') event.currentTarget.blur()
    else setWords('')
  }
  return (
    <div className="max-w-80 min-w-44 flex-1">
      <TextField
        ref={input}
        type="search"
        icon={Search}
        aria-label={label}
        placeholder="Words in the entry"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}

export function AuditFilterBar({ search, onNarrow, onClear }: AuditFilterBarProps) {
  const { data: facets } = useQuery(auditFacets)
  const range = useScope((scope) => scope.range)
  const scoped = useScope((scope) => scope.environment)
  const { actor, operation, outcome, environment, target, correlation, time, text } = search
  useCommands([
    {
      id: 'audit.range',
      title: time === 'range' ? 'Show all time' : `Narrow to ${labelOfRange(range)}`,
      area: 'Audit',
      shortcut: 'r',
      run: () => onNarrow({ time: time === 'range' ? undefined : 'range' }),
    },
    { id: 'audit.clear', title: 'Clear the filter of the audit log', area: 'Audit', run: onClear },
  ])
  return (
    <>
      <SearchField label="Search the audit log" value={text} onWords={(words) => onNarrow({ text: words })} />
      <Select
        aria-label="Who"
        className="w-32!"
        options={people(facets?.actors ?? [], actor)}
        value={actor ?? any}
        onChange={(value) => onNarrow({ actor: value || undefined })}
      />
      <Select
        aria-label="Operation or capability"
        className="w-48!"
        options={choose('All operations', operationChoices(facets?.operations ?? []), operation)}
        value={operation ?? any}
        onChange={(value) => onNarrow({ operation: value || undefined })}
      />
      <Select
        aria-label="Outcome"
        className="w-32!"
        options={choose('All outcomes', auditOutcome.options, outcome)}
        value={outcome ?? any}
        onChange={(value) => onNarrow({ outcome: auditOutcome.safeParse(value).data })}
      />
      <Select
        aria-label="Environment"
        className="w-36!"
        title={scoped === null ? undefined : 'The scope at the top of the window says which.'}
        disabled={scoped !== null}
        options={choose('All environments', facets?.environments ?? [], scoped ?? environment)}
        value={scoped ?? environment ?? any}
        onChange={(value) => onNarrow({ environment: value || undefined })}
      />
      <SegmentedControl
        label="Time"
        segments={[
          { value: 'all', label: 'All time' },
          { value: 'range', label: labelOfRange(range) },
        ]}
        value={time ?? 'all'}
        onChange={(value) => onNarrow({ time: value === 'range' ? 'range' : undefined })}
      />
      <More search={search} onNarrow={onNarrow} />
      {target === undefined ? null : (
        <LabelChip name="target" value={target} onRemove={() => onNarrow({ target: undefined })} />
      )}
      {correlation === undefined ? null : (
        <LabelChip name="correlation" value={correlation} onRemove={() => onNarrow({ correlation: undefined })} />
      )}
      {isFiltered(search) ? (
        <Button kind="ghost" onClick={onClear}>
          Clear
        </Button>
      ) : null}
    </>
  )
}
