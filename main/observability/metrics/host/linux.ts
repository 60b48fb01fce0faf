import { readFileSync } from 'node:fs'
import type { Sample } from '../sample.ts'
import { diskSamples, memorySamples, networkSamples, pressureSamples, statSamples, vmstatSamples } from './procfs.ts'

const sources: readonly (readonly [string, (text: string) => readonly Sample[]])[] = [
  ['/proc/stat', statSamples],
  ['/proc/meminfo', memorySamples],
  ['/proc/net/dev', networkSamples],
  ['/proc/diskstats', diskSamples],
  ['/proc/vmstat', vmstatSamples],
  ['/proc/pressure/cpu', (text) => pressureSamples('cpu', text)],
  ['/proc/pressure/io', (text) => pressureSamples('io', text)],
  ['/proc/pressure/memory', (text) => pressureSamples('memory', text)],
]

/** What the kernel tells in /proc. Read synchronously: no disk is involved, and the thread pool would cost three times more. */
export function linuxSamples(): readonly Sample[] {
  return sources.flatMap(([path, parse]) => {
    const text = textOf(path)
    return text === null ? [] : parse(text)
  })
}

/** Null where this kernel or container does not offer the file. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
