import { useCommands } from '#renderer/ui/commands.ts'
import { Tabs } from '#renderer/ui/Tabs.tsx'
import { MachinePanel } from './MachinePanel.tsx'
import { type MetricsTab, metricsTabs, useMetricsSearch } from './metrics-search.ts'
import { panels } from './panels.ts'
import { QueryPanel } from './QueryPanel.tsx'
import { RulesPanel } from './RulesPanel.tsx'
import { useStretch } from './use-stretch.ts'

const titles: Readonly<Record<MetricsTab, string>> = {
  machine: 'This machine',
  query: 'Query',
  rules: 'Built-in rules',
}

function Machine() {
  const stretch = useStretch()
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,440px),1fr))] gap-2 p-2">
      {panels.map((panel) => (
        <MachinePanel key={panel.id} panel={panel} stretch={stretch} />
      ))}
    </div>
  )
}

function Query({ expression, onAsk }: { readonly expression: string; readonly onAsk: (expression: string) => void }) {
  return <QueryPanel expression={expression} stretch={useStretch()} onAsk={onAsk} />
}

export function MetricsPage() {
  const { tab = 'machine', expr = '', rule, go, ask, show } = useMetricsSearch()
  useCommands(
    metricsTabs.map((id, at) => ({
      id: `metrics.${id}`,
      title: `Show metrics: ${titles[id]}`,
      area: 'Metrics',
      shortcut: String(at + 1),
      run: () => go(id),
    })),
  )
  return (
    <div className="flex h-full flex-col">
      <Tabs
        label="Metrics"
        value={tab}
        onChange={(id) => go(metricsTabs.find((candidate) => candidate === id) ?? 'machine')}
        tabs={[
          { id: 'machine', label: titles.machine, panel: <Machine /> },
          { id: 'query', label: titles.query, panel: <Query expression={expr} onAsk={ask} /> },
          { id: 'rules', label: titles.rules, panel: <RulesPanel opened={rule} onOpen={show} onAsk={ask} /> },
        ]}
      />
    </div>
  )
}
