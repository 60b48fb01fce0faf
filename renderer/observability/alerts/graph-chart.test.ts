import { expect, it } from 'vitest'
import { chartOf } from './graph-chart.ts'

it('puts series on one axis, names each by what tells it apart, and shades while it fired', () => {
  const chart = chartOf(
    {
      kind: 'series',
      from: 'prom',
      expression: 'x > 1',
      shown: 'x',
      threshold: { operator: '>', value: 1 },
      series: [
        {
          labels: { __name__: 'x', service: 'pay' },
          points: [
            [10, 1],
            [20, null],
          ],
        },
        { labels: { __name__: 'x', service: 'pay', pod: 'a' }, points: [[20, 3]] },
        { labels: { __name__: 'x', service: 'pay' }, points: [[30, 5]] },
      ],
      hidden: 0,
      firing: [{ from: '1970-01-01T00:00:15.000Z', to: null }],
    },
    { service: 'pay' },
    'critical',
  )
  expect(chart.times).toEqual([10, 20, 30])
  expect(chart.series).toEqual([
    { label: 'x', values: [1, null, null] },
    { label: 'pod=a', values: [null, 3, null] },
    { label: 'x (2)', values: [null, null, 5] },
  ])
  expect(chart.bands).toEqual([{ from: 15, to: null, label: 'firing', tone: 'critical' }])
  expect(chart.threshold).toEqual({ value: 1, label: 'threshold > 1' })
})
