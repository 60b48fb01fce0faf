import { readFileSync } from 'node:fs'

/** A process for sure: its number, and when the system started it, since numbers are used again. */
export type ProcessIdentity = { readonly pid: number; readonly startTicks: string | null }

/** Field 22 of `/proc/<pid>/stat`, counted after the parenthesised name, which may hold anything. Null elsewhere. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

/** A process that has ended and is waited for by nobody yet is not alive. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return false
  }
}

export const identify = (pid: number): ProcessIdentity => ({ pid, startTicks: startTicks(pid) })

/** Whether this very process still runs. Where the system does not tell when it began, the number must do. */
export function isAlive({ pid, startTicks: began }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !isZombie(pid) && (began === null || startTicks(pid) === began)
}

/** Signals the process and what it started: it leads a group of its own. Gone already is fine. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return
  try {
    process.kill(process.platform === 'win32' ? identity.pid : -identity.pid, signal)
  } catch {
    // it ended meanwhile
  }
}
