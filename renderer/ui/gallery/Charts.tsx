import { useMemo, useState } from 'react'
import { Sparkline } from '../chart/Sparkline.tsx'
import { SummaryBars } from '../chart/SummaryBars.tsx'
import { TimeSeriesChart } from '../chart/TimeSeriesChart.tsx'
import { formatBytes, formatPercent } from '../format.ts'
import { Section } from '../Section.tsx'
import { severityColor } from '../severity.ts'

const end = Math.floor(Date.now() / 60_000) * 60
const times = Array.from({ length: 360 }, (_, index) => end - (359 - index) * 60)
const wave = (seed: number, gap = -1) =>
  times.map((_, at) =>
    at >= gap && at < gap + 25 && gap >= 0
      ? Number.NaN
      : 0.35 + 0.2 * Math.sin(at / 40 + seed) + 0.05 * Math.sin(at * seed),
  )

const cpu = ['node-a', 'node-b', 'node-c', 'node-d'].map((label, at) => ({
  label,
  values: wave(at + 1, at === 1 ? 150 : -1),
}))
const memory = [{ label: 'resident', values: times.map((_, at) => 2e9 + 6e8 * Math.sin(at / 70) + at * 1e6) }]
const markers = [{ at: end - 9_000, label: 'payments 4.2.1 deployed' }]

export function Charts() {
  const [range, setRange] = useState<{ readonly from: number; readonly to: number } | undefined>()
  const bands = useMemo(
    () => [{ from: end - 8_400, to: end - 6_000, label: 'HighLatency firing', tone: 'critical' as const }],
    [],
  )
  return (
    <>
      <div className="grid grid-cols-2 gap-3 p-3">
        <TimeSeriesChart
          title="CPU by node"
          times={times}
          series={cpu}
          format={(value) => formatPercent(value, 0)}
          threshold={{ value: 0.6, label: 'limit 60 %' }}
          bands={bands}
          markers={markers}
          range={range}
          syncKey="gallery"
          onRange={(from, to) => setRange({ from, to })}
        />
        <TimeSeriesChart
          title="Memory"
          times={times}
          series={memory}
          format={formatBytes}
          markers={markers}
          range={range}
          syncKey="gallery"
          onRange={(from, to) => setRange({ from, to })}
        />
      </div>
      <Section title="Summaries">
        <div className="flex items-center gap-8">
          <div className="w-80">
            <SummaryBars
              label="Firing by severity"
              bars={[
                { label: 'critical', value: 3, color: severityColor.critical },
                { label: 'high', value: 11, color: severityColor.high },
                { label: 'warning', value: 42, color: severityColor.warning },
                { label: 'info', value: 8, color: severityColor.info },
              ]}
            />
          </div>
          <Sparkline label="CPU of node-a" values={cpu[0]?.values ?? []} />
          <Sparkline
            label="CPU of node-b, with a gap"
            values={cpu[1]?.values ?? []}
            color={3}
            width={160}
            height={24}
          />
        </div>
      </Section>
    </>
  )
}
