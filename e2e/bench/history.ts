import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openHistory } from '#main/observability/alerts/inbox/history.ts'
import { type Row, show, spread } from './measure.ts'

const alerts = 1_000
const perAlert = 100
const queries = 200

/** Queries of one alert's history out of 100,000 entries on disk. */
export function historyRows(): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'framework0-bench-'))
  const history = openHistory(new Database(join(folder, 'history.db')))
  const states = ['pending', 'firing', 'acknowledged', 'resolved'] as const
  const transitions = Array.from({ length: alerts * perAlert }, (_, n) => ({
    id: `prod.${n % alerts}`,
    at: 1_700_000_000_000 + Math.floor(n / alerts) * 60_000,
    state: states[Math.floor(n / alerts) % states.length] ?? 'firing',
  }))
  const began = performance.now()
  history.save([], transitions)
  const written = performance.now() - began
  const times = Array.from({ length: queries }, (_, n) => {
    const start = performance.now()
    const periods = history.periods(`prod.${(n * 37) % alerts}`, 0, Number.MAX_SAFE_INTEGER)
    if (periods.length !== (perAlert * 3) / 4) throw new Error(`Expected 75 periods, got ${periods.length}.`)
    return performance.now() - start
  })
  history.close()
  rmSync(folder, { recursive: true })
  return [
    { what: 'One alert out of 100,000 history entries', ours: show(spread(times), 'ms', 2), goal: '< 50 ms' },
    { what: 'Writing 100,000 history entries', ours: `${written.toFixed(0)} ms (once)` },
  ]
}
