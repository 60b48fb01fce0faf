import { describe, expect, it } from 'vitest'
import { severityOf, severityRank } from './severity.ts'

describe('severity', () => {
  it.each([
    ['critical', 'critical'],
    ['PAGE', 'critical'],
    ['warn', 'warning'],
    ['', 'none'],
    [undefined, 'none'],
    ['banana', 'unknown'],
    ['constructor', 'unknown'],
  ] as const)('reads %j as %s', (word, severity) => expect(severityOf(word)).toBe(severity))
  it('ranks the worst first', () => {
    expect(severityRank('critical')).toBeLessThan(severityRank('high'))
    expect(severityRank('ok')).toBeLessThan(severityRank('unknown'))
  })
})
