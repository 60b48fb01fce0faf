import { LabelChip } from '#renderer/ui/Badge.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { Section } from '#renderer/ui/Section.tsx'

type AlertLabelsProps = {
  readonly labels: Readonly<Record<string, string>>
  readonly onLabel: (name: string, value: string, isEqual: boolean) => void
}

/** A click filters by the label, Alt+click excludes it. */
export function AlertLabels({ labels, onLabel }: AlertLabelsProps) {
  const entries = Object.entries(labels)
  return (
    <Section
      title="Labels"
      count={entries.length}
      actions={
        <>
          <span className="text-label text-muted">click filters, Alt+click excludes</span>
          <CopyButton label="Copy the labels" text={() => JSON.stringify(labels, null, 2)} />
        </>
      }
    >
      <div className="flex flex-wrap gap-1">
        {entries.map(([name, value]) => (
          <LabelChip key={name} name={name} value={value} onPick={({ altKey }) => onLabel(name, value, !altKey)} />
        ))}
      </div>
    </Section>
  )
}
