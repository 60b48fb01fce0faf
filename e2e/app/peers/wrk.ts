import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { available } from './peer.ts'

export const wrkAvailable = (): boolean => available('wrk')

export type Load = {
  readonly requests: number
  readonly perSecond: number
  readonly p99Ms: number
  /** Connections refused or lost, answers not in time, and answers that are neither 2xx nor 3xx. */
  readonly failed: number
}
export type LoadOptions = {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly headers?: Readonly<Record<string, string>>
}

const run = promisify(execFile)
const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 }

/** Asks as fast as answers come, on that many connections from one thread. */
export async function wrk({ url, connections, seconds, headers = {} }: LoadOptions): Promise<Load> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s', ...fields, url]
  const { stdout } = await run('wrk', args)
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0)
  const [, p99 = 'NaN', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s|m)/.exec(stdout) ?? []
  const [, ...lost] = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? []
  return {
    requests: number(/(\d+) requests in/),
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p99Ms: Number(p99) * (unitMs[unit] ?? 1),
    failed: lost.reduce((sum, count) => sum + Number(count), 0) + number(/Non-2xx or 3xx responses: (\d+)/),
  }
}
