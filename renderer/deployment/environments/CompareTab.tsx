import { useQuery } from '@tanstack/react-query'
import type { Environment, EnvironmentDifference } from '#preload/deployment/environments.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { FactTable } from './FactTable.tsx'
import { environmentDiff } from './queries.ts'

const titles: Readonly<Record<EnvironmentDifference['kind'], string>> = {
  version: 'Versions',
  configuration: 'Configuration',
  running: 'What runs with another configuration than its layers say',
  secret: 'Secrets',
  policy: 'Policy',
  target: 'Target',
}

const side = (value: string | null) =>
  value === null ? <span className="text-muted">–</span> : <SafeText text={value} mono />

type Pair = { readonly left: string; readonly right: string }

function Differences({ left, right, found }: Pair & { readonly found: readonly EnvironmentDifference[] }) {
  const groups = Map.groupBy(found, ({ kind }) => kind)
  return [...groups].map(([kind, differences]) => (
    <Section key={kind} title={titles[kind]} count={differences.length}>
      <FactTable
        label={`${titles[kind]} that differ`}
        headers={['Name', left, right]}
        rows={differences.map((difference) => ({
          key: difference.name,
          cells: [
            <SafeText key="name" text={difference.name} />,
            <span key="left">{side(difference.left)}</span>,
            <span key="right">{side(difference.right)}</span>,
          ],
        }))}
      />
    </Section>
  ))
}

function Comparison({ left, right }: Pair) {
  const query = useQuery(environmentDiff(left, right))
  return (
    <QueryView
      query={query}
      failure="The two could not be compared."
      empty={(found) =>
        found.length === 0 ? (
          <EmptyState voice="all-clear" title={`${left} and ${right} do not differ`}>
            The same versions, configuration, names of secrets, policy and target; what runs has what the layers say.
          </EmptyState>
        ) : null
      }
      ready={(found) => <Differences left={left} right={right} found={found} />}
    />
  )
}

type CompareTabProps = {
  readonly environment: Environment
  readonly all: readonly Environment[]
  readonly other: string | undefined
  readonly onOther: (name: string) => void
}

/** In what it differs from another environment, side by side. */
export function CompareTab({ environment, all, other, onOther }: CompareTabProps) {
  const others = all.filter(({ name }) => name !== environment.name)
  const right = others.find(({ name }) => name === other) ?? others[0]
  if (right === undefined) return <p className="p-3 text-muted">There is no other environment to compare with.</p>
  return (
    <>
      <div className="w-64 p-3">
        <Field label={`Compare ${environment.name} with`} required>
          <Select
            options={others.map(({ name }) => ({ value: name, label: name }))}
            value={right.name}
            onChange={onOther}
          />
        </Field>
      </div>
      <Comparison left={environment.name} right={right.name} />
    </>
  )
}
