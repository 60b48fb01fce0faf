import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Sample, sample } from '../sample.ts'

const states = ['activating', 'active', 'deactivating', 'failed', 'inactive'] as const
export type UnitState = { readonly name: string; readonly active: string }

/** `systemctl list-units --plain --no-legend`: UNIT LOAD ACTIVE SUB DESCRIPTION. */
export function unitsOf(text: string): readonly UnitState[] {
  return text.split('\n').flatMap((line) => {
    const [name, , active] = line.trim().split(/\s+/)
    return name === undefined || active === undefined ? [] : [{ name, active }]
  })
}

/**
 * Failed and watched units. A unit that was seen failed is told as not failed later, so that its alert ends at once
 * instead of when its last sample is five minutes old.
 */
export function unitSamples(units: readonly UnitState[], watched: ReadonlySet<string>, everFailed: Set<string>) {
  const samples: Sample[] = []
  for (const { name, active } of units) {
    if (active === 'failed') everFailed.add(name)
    if (watched.has(name))
      for (const state of states)
        samples.push(sample('node_systemd_unit_state', active === state ? 1 : 0, { name, state }))
    else if (everFailed.has(name))
      samples.push(sample('node_systemd_unit_state', active === 'failed' ? 1 : 0, { name, state: 'failed' }))
  }
  const listed = new Set(units.map((unit) => unit.name))
  for (const name of everFailed)
    if (!listed.has(name) && !watched.has(name))
      samples.push(sample('node_systemd_unit_state', 0, { name, state: 'failed' }))
  return samples
}

const timeoutMs = 5000

/** Reads unit states where systemd runs (sd_booted(3)); nothing is started elsewhere. */
export function createSystemdReader() {
  const everFailed = new Set<string>()
  return async (watched: readonly string[], signal: AbortSignal): Promise<readonly Sample[]> => {
    if (!existsSync('/run/systemd/system')) return []
    const args = ['list-units', '--all', '--full', '--plain', '--no-legend', '--no-pager']
    const options = { signal, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } }
    const { stdout } = await promisify(execFile)('systemctl', args, options)
    return unitSamples(unitsOf(stdout), new Set(watched), everFailed)
  }
}
