import { Bar, BarChart, Cell, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { formatNumber } from '../format.ts'

export type SummaryBar = {
  readonly label: string
  readonly value: number
  /** A CSS colour; `severityColor[severity]` for severities. */
  readonly color: string
}

export type SummaryBarsProps = {
  readonly label: string
  readonly bars: readonly SummaryBar[]
  readonly format?: ((value: number) => string) | undefined
  readonly labelWidth?: number | undefined
}

const count = (value: number): string => formatNumber(value, 0)
const text = { fill: 'var(--fg)', fontSize: 12 } as const

/** A handful of counts as bars, with their words and numbers. */
export function SummaryBars({ label, bars, format = count, labelWidth = 72 }: SummaryBarsProps) {
  const summary = `${label}. ${bars.map((bar) => `${bar.label}: ${format(bar.value)}`).join(', ')}.`
  return (
    <div role="img" aria-label={summary} className="min-w-0" style={{ height: bars.length * 24 + 4 }}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={[...bars]}
          layout="vertical"
          margin={{ top: 2, right: 48, bottom: 2, left: 0 }}
          accessibilityLayer={false}
        >
          <XAxis type="number" hide domain={[0, 'dataMax']} />
          <YAxis
            type="category"
            dataKey="label"
            width={labelWidth}
            axisLine={false}
            tickLine={false}
            tick={text}
            interval={0}
          />
          <Bar dataKey="value" isAnimationActive={false} barSize={12} minPointSize={1}>
            {bars.map((bar) => (
              <Cell key={bar.label} fill={bar.color} />
            ))}
            <LabelList dataKey="value" position="right" formatter={(value) => format(Number(value))} {...text} />
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </div>
  )
}
