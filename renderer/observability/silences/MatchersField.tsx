import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { MatcherInput } from '#renderer/ui/matcher/MatcherInput.tsx'
import { completeMatchers } from '#renderer/ui/matcher/matcher-syntax.ts'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { asLines, asText, readMatchers, type SilenceDraft } from './draft.ts'
import { MatcherLines } from './MatcherLines.tsx'
import { labelNames, labelValues } from './queries.ts'

type MatchersFieldProps = {
  readonly draft: SilenceDraft
  readonly onChange: (draft: SilenceDraft) => void
  readonly error: string | undefined
}

const ways = [
  { value: 'lines', label: 'Lines' },
  { value: 'text', label: 'Text' },
] as const

function MatcherText({ draft, onChange }: Omit<MatchersFieldProps, 'error'>) {
  const client = useQueryClient()
  const complete = useMemo(
    () =>
      completeMatchers(
        {
          names: async () => (await client.fetchQuery(labelNames)).map(({ name, count }) => ({ text: name, count })),
          values: async (name) =>
            (await client.fetchQuery(labelValues(name))).map(({ value, count }) => ({ text: value, count })),
        },
        'alert',
      ),
    [client],
  )
  const read = readMatchers(draft)
  return (
    <div className="flex pb-6">
      <MatcherInput
        label="Matchers"
        value={draft.text ?? ''}
        onChange={(text) => onChange({ ...draft, text })}
        error={read.kind === 'error' ? read : null}
        complete={complete}
      />
    </div>
  )
}

/** Which alerts a silence covers: as lines, or as the text Alertmanager knows. */
export function MatchersField({ draft, onChange, error }: MatchersFieldProps) {
  const switchTo = (way: 'lines' | 'text') => {
    const next = way === 'text' ? asText(draft) : asLines(draft)
    // A text that cannot be read stays a text until it can.
    if (next !== null) onChange(next)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame and a legend
    <div role="group" aria-label="Matchers" className="flex flex-col gap-1">
      <div className="flex items-center justify-between">
        <span className="text-secondary font-medium">Matchers</span>
        <SegmentedControl
          label="Edit the matchers as"
          segments={ways}
          value={draft.text === null ? 'lines' : 'text'}
          onChange={switchTo}
        />
      </div>
      {draft.text === null ? (
        <MatcherLines lines={draft.lines} onChange={(lines) => onChange({ ...draft, lines })} />
      ) : (
        <MatcherText draft={draft} onChange={onChange} />
      )}
      {error === undefined ? null : (
        <p role="alert" className="text-secondary text-critical">
          {error}
        </p>
      )}
    </div>
  )
}
