import { Badge, LabelChip, Tag } from '../Badge.tsx'
import { formatBytes, formatPercent } from '../format.ts'
import { Kbd } from '../Kbd.tsx'
import { KeyValueList } from '../KeyValueList.tsx'
import { Link } from '../Link.tsx'
import { SafeText } from '../SafeText.tsx'
import { Section } from '../Section.tsx'
import { SeverityMark } from '../SeverityMark.tsx'
import { StaleMark } from '../StaleMark.tsx'
import { StateMark } from '../StateMark.tsx'
import { severities } from '../severity.ts'
import { Duration, RelativeTime, Timestamp } from '../Time.tsx'

const started = Date.now() - 754_000
const states = ['firing', 'pending', 'acknowledged', 'silenced', 'inhibited', 'resolved'] as const
const row = 'flex flex-wrap items-center gap-4'

function Facts() {
  return (
    <KeyValueList
      items={[
        { name: 'Started', value: <Timestamp at={started} /> },
        { name: 'Age', value: <RelativeTime at={started} /> },
        { name: 'Duration', value: <Duration from={started} /> },
        { name: 'Memory', value: formatBytes(1_834_567_890) },
        { name: 'Errors', value: formatPercent(0.0342, 2) },
        { name: 'Query', value: 'rate(http_requests_total{code=~"5.."}[5m])', mono: true },
        { name: 'Runbook', value: <Link href="https://runbooks.example/payments/latency" /> },
        { name: 'Bad link', value: <Link href="file:///etc/passwd" /> },
      ]}
    />
  )
}

export function Marks() {
  return (
    <>
      <Section title="Severity">
        <div className={row}>
          {severities.map((severity) => (
            <SeverityMark key={severity} severity={severity} />
          ))}
          <SeverityMark severity="critical" word="page" />
        </div>
      </Section>
      <Section title="State">
        <div className={row}>
          {states.map((state) => (
            <StateMark key={state} state={state} />
          ))}
          <StaleMark updatedAt={Date.now() - 12_000} />
          <StaleMark updatedAt={Date.now() - 900_000} />
        </div>
      </Section>
      <Section title="Badges, tags, labels, keys">
        <div className={row}>
          <Badge>12</Badge>
          <Badge tone="critical">3</Badge>
          <Badge tone="warning">21</Badge>
          <Tag>v2.42.0</Tag>
          <Tag tone="accent">production</Tag>
          <LabelChip name="namespace" value="payments" onPick={() => undefined} />
          <LabelChip name="instance" value="10.0.12.7:9100-with-a-very-long-suffix-that-does-not-fit" />
          <LabelChip name="team" value="sre" onRemove={() => undefined} />
          <Kbd shortcut="Mod+K" />
          <Kbd shortcut="g o" />
        </div>
      </Section>
      <Section title="Facts" collapsible count={8}>
        <Facts />
      </Section>
      <Section title="Untrusted text">
        <div className="flex max-w-3xl flex-col gap-2">
          <SafeText mono text={'GET /pay\u202Ecod.exe \u001b[31;1mERROR\u001b[0m ad\u200Bmin\u0000 done'} />
          <SafeText text={'A long annotation. '.repeat(160)} className="line-clamp-none" />
        </div>
      </Section>
    </>
  )
}
