import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expressionOfGeneratorUrl, splitThreshold } from './expression.ts'

describe('a threshold', () => {
  it.each([
    ['up == 0', 'up', '==', 0],
    ['0 < up', 'up', '>', 0],
    ['1e3 >= queue', 'queue', '<=', 1000],
    ['(rate(x[5m]) > 0.5)', 'rate(x[5m])', '>', 0.5],
    ['((a) >= (-2))', '(a)', '>=', -2],
    ['a < -(-1.5)', 'a', '<', 1.5],
    ['a > 0x1F', 'a', '>', 31],
    ['a < +Inf', 'a', '<', Infinity],
    ['a > - .5', 'a', '>', -0.5],
    ['a > 1 # and b', 'a', '>', 1],
    [
      'sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(total[5m])) > 0.05',
      'sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(total[5m]))',
      '>',
      0.05,
    ],
    ['(a and b) != 3', '(a and b)', '!=', 3],
    ['-a < 1', '-a', '<', 1],
    ['a offset 5m > 1', 'a offset 5m', '>', 1],
    ['max_over_time(a[5m] offset 1h) > 1', 'max_over_time(a[5m] offset 1h)', '>', 1],
    ['a{x="b > 1"} > 2', 'a{x="b > 1"}', '>', 2],
  ])('is found in %s', (expression, left, op, threshold) => {
    expect(splitThreshold(expression)).toEqual({ left, op, threshold })
  })

  it.each([
    'a and b > 1',
    'a > 1 or b > 2',
    'a > b',
    'a > bool 1',
    '1 > bool 2',
    'a',
    'absent(up)',
    'a > 5m',
    'a > NaN',
    'a > 1 + 2',
    'a == on(x) 1',
    'a >',
    '> 1',
    '',
    '(',
    'a > 1)',
    'a + 1',
    '-(a > 1)',
    'a and b offset 5m > 1',
    'a < 1 and b offset 2h >= 0',
  ])('is not guessed in %j', (expression) => {
    expect(splitThreshold(expression)).toBeNull()
  })

  it('search never throws', () => {
    const token = fc.constantFrom(
      'a',
      '1',
      '-',
      '(',
      ')',
      '>',
      '==',
      'bool',
      'and',
      '[5m]',
      '{',
      '}',
      '"',
      'sum',
      'by',
      '#',
      '\n',
      '⚠',
      '@',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token).map((all) => all.join(' ')),
        ),
        (text) => void splitThreshold(text),
      ),
    )
  })

  it('survives brackets and whatever is left, put back together, splits the same way', () => {
    const left = fc.constantFrom('up', 'rate(x[5m])', 'sum by (job) (y)', '(a - b)', 'a offset 1h')
    const op = fc.constantFrom('==', '!=', '>', '<', '>=', '<=')
    fc.assert(
      fc.property(left, op, fc.double({ noNaN: true, noDefaultInfinity: true }), (watched, operator, threshold) => {
        const split = splitThreshold(`((${watched} ${operator} ${threshold}))`)
        expect(split).toEqual({ left: watched, op: operator, threshold: threshold === 0 ? 0 : threshold })
      }),
    )
  })
})

describe('the expression in a generator URL', () => {
  it('is read from the link to a graph', () => {
    expect(expressionOfGeneratorUrl('http://p:9090/prom/graph?g0.expr=up+%3D%3D+0&g0.tab=1')).toBe('up == 0')
    expect(expressionOfGeneratorUrl('https://p/query?g0.expr=a%2Bb')).toBe('a+b')
  })

  it.each(['', 'not a url', 'http://p/graph', 'http://p/graph?g0.expr=', 'http://grafana/d/x?orgId=1'])(
    'is absent in %j',
    (url) => {
      expect(expressionOfGeneratorUrl(url)).toBeNull()
    },
  )
})
