import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Sample, sample } from '../sample.ts'

/** The kernel cuts a process name after 15 bytes (proc(5), TASK_COMM_LEN). */
const commLength = 15

/** Whether a process of each watched name runs. Returns nothing, at no cost, when none is watched. */
export async function watchedProcessSamples(watched: readonly string[]): Promise<readonly Sample[]> {
  if (watched.length === 0) return []
  const running = process.platform === 'linux' ? linuxNames(watched) : await portableNames()
  return watched.map((name) => sample('framework0_watched_process_up', running.has(name) ? 1 : 0, { name }))
}

function linuxNames(watched: readonly string[]): ReadonlySet<string> {
  const cut = new Set(watched.map((name) => name.slice(0, commLength)))
  const names = new Set<string>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const comm = procText(`/proc/${entry}/comm`).trimEnd()
    names.add(comm)
    if (cut.has(comm)) names.add(basename(procText(`/proc/${entry}/cmdline`).split('\0')[0] ?? ''))
  }
  return names
}

/** Empty when the process ended between listing and reading. */
function procText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function portableNames(): Promise<ReadonlySet<string>> {
  const { processes } = await import('systeminformation')
  const { list } = await processes()
  return new Set(list.flatMap(({ name }) => [name, name.replace(/\.exe$/i, '')]))
}
