import type { ProbeResult } from '#main/engines/supervisor/probe.ts'
import type { Instance } from '../engine.ts'
import { steadyAfterMs } from '../ill-instance.ts'

/** What a host tells of one instance: a line of the task `observe`. */
export type Seen = {
  readonly index: number
  readonly port: number
  /** Something sees to it that it runs. */
  readonly kept: boolean
  readonly phase: 'running' | 'waiting' | 'flapping'
  readonly restarts: number
  /** Of its last end; above 128 it was a signal. */
  readonly code: number
  /** Since the phase began. */
  readonly seconds: number
  readonly lives: boolean
  readonly lastLine: string
}

/** Lines that are none are left out: what is on a host is not ours to trust. */
export const readSeen = (output: string): Seen[] =>
  output.split('\n').flatMap((line) => {
    const found = /^(\d+) (\d+) (yes|no) (running|waiting|flapping) (\d+) (\d+) (-?\d+) (yes|no) ?(.*)$/.exec(line)
    if (!found) return []
    const [, index, port, kept, phase, restarts, code, seconds, lives, lastLine = ''] = found
    return [
      {
        ...{ index: Number(index), port: Number(port), kept: kept === 'yes', phase: phase as Seen['phase'] },
        ...{
          restarts: Number(restarts),
          code: Number(code),
          seconds: Number(seconds),
          lives: lives === 'yes',
          lastLine,
        },
      },
    ]
  })

/** It may take so long to become ready. */
const startWithinSeconds = 30

/** What a host tells of an instance, and what the instance answers, as one. */
export function instanceOf(seen: Seen, address: string, answer: ProbeResult, wasReady: boolean): Instance {
  const { index, port, restarts, kept, phase, lives } = seen
  const runs = lives && phase === 'running'
  const ready = runs && answer.ok
  const late = wasReady || seen.seconds > startWithinSeconds
  return {
    index,
    endpoint: lives ? { host: address, port } : null,
    ready,
    hopeless: phase === 'flapping' || (runs && !answer.ok && late),
    restarts,
    lastEnd: lastEndOf(seen),
    flaps: restarts > 0 && seen.seconds < steadyAfterMs / 1_000,
    reason: ready ? null : reasonOf(seen, address, answer),
    outOfReach: null,
    abandoned: !kept && phase !== 'flapping',
  }
}

function reasonOf({ phase, lives, port, ...seen }: Seen, address: string, answer: ProbeResult): string {
  if (phase === 'flapping') return `It ended more than five times within a minute, so it is left alone. ${endOf(seen)}`
  if (phase === 'waiting') return `${endOf(seen)} It is started again.`
  if (!seen.kept) return `Nothing on ${address} sees to it that it runs any more.`
  if (!lives) return 'It is being started.'
  if (answer.ok) return 'It answers.'
  return `${answer.reason} Asked from this machine at ${address}:${port}, as the gateway would.`
}

function endOf({ code, lastLine }: Pick<Seen, 'code' | 'lastLine'>): string {
  const how = code > 128 ? `It was ended by signal ${code - 128}.` : `It ended with code ${code}.`
  return lastLine === '' ? how : `${how} Its last words: ${lastLine}`
}

/** While it runs a host may have forgotten the code, and says 0. */
function lastEndOf({ code, lastLine, restarts, phase }: Seen): Instance['lastEnd'] {
  if (phase === 'running' && restarts === 0) return null
  if (code === 0) return { how: phase === 'running' ? null : 'exit code 0', lastLine }
  return { how: code > 128 ? `signal ${code - 128}` : `exit code ${code}`, lastLine }
}

/** An instance of a host that tells nothing now: only what it answers is known. */
export const unseen = (index: number, at: Instance['endpoint'], answers: boolean, why: string): Instance => ({
  index,
  endpoint: at,
  ready: answers,
  ...{ hopeless: false, restarts: 0, lastEnd: null, flaps: false },
  ...{ reason: answers ? null : why, outOfReach: why, abandoned: false },
})
