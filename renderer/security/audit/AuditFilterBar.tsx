import { useQuery } from '@tanstack/react-query'
import { ListFilter, Search } from 'lucide-react'
import { useRef } from 'react'
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
import { type AuditSearch, isFiltered } from './audit-search.ts'
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

/** Every capability, followed by its operations. */
export function operationChoices(operations: readonly string[]): readonly string[] {
  const groups = Map.groupBy(operations, (operation) => operation.split('.')[0] ?? operation)
  return [...groups].flatMap(([capability, members]) => [capability, ...members])
}

type AuditFilterBarProps = {
  readonly search: AuditSearch
  readonly onNarrow: (change: AuditSearch) => void
  readonly onClear: () => void
}

function More({ search, onNarrow }: Omit<AuditFilterBarProps, 'onClear'>) {
  return (
    <Popover label="More filters" trigger={<Button icon={ListFilter}>More</Button>}>
      <div className="flex w-80 flex-col gap-3 p-3">
        <Field label="Target">
          <TextField
            mono
            value={search.target ?? ''}
            placeholder="the id of what was acted on"
            onChange={(event) => onNarrow({ target: event.target.value || undefined })}
          />
        </Field>
        <Field label="Correlation id">
          <TextField
            mono
            value={search.correlation ?? ''}
            onChange={(event) => onNarrow({ correlation: event.target.value.trim() || undefined })}
          />
        </Field>
      </div>
    </Popover>
  )
}

export function AuditFilterBar({ search, onNarrow, onClear }: AuditFilterBarProps) {
  const { data: facets } = useQuery(auditFacets)
  const range = useScope((scope) => scope.range)
  const scoped = useScope((scope) => scope.environment)
  const { actor, operation, outcome, environment, target, correlation, time, text } = search
  const input = useRef<HTMLInputElement>(null)
  useCommands([
    {
      id: 'filter.focus',
      title: 'Search the audit log',
      area: 'This screen',
      shortcut: '/',
      run: () => input.current?.focus(),
    },
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
      <div className="w-56">
        <TextField
          ref={input}
          icon={Search}
          aria-label="Search the audit log"
          placeholder="Words in the entry"
          value={text ?? ''}
          onChange={(event) => onNarrow({ text: event.target.value || undefined })}
        />
      </div>
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
