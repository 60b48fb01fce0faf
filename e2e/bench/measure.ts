import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** The middle of several runs, with the extremes, so that a noisy machine shows. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly runs: number }

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { median: at(0.5), min: at(0), max: at(1), runs: values.length }
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Resident memory of a process and its children, in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

export type Row = {
  readonly what: string
  readonly ours: string
  readonly peer?: string
  readonly goal?: string
}

export const show = ({ median, min, max, runs }: Spread, unit: string, digits = 0): string =>
  `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}–${max.toFixed(digits)}, ${runs} runs)`

export function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, ours, peer = '', goal = '' }) => `| ${what} | ${ours} | ${peer} | ${goal} |`)
  return ['| What | Ours | Peer, same run | Goal |', '|---|---|---|---|', ...lines].join('\n')
}
