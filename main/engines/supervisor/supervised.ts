import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Confinement } from './confine.ts'
import { freePort } from './free-port.ts'
import { identify, isAlive, type ProcessIdentity, signalGroup } from './identity.ts'
import { probe } from './probe.ts'
import type { ProcessRecord } from './record.ts'
import { afterEnd, type Ending, noEndings, type Restarting } from './restart.ts'
import type { LastEnd, ProcessPhase, ProcessSpec, ProcessState } from './spec.ts'

type Options = {
  readonly spec: ProcessSpec
  readonly record: ProcessRecord | null
  readonly logFile: string
  readonly clock: Clock
  readonly confine: Confinement
  readonly save: (record: ProcessRecord) => void
  readonly onChange: (state: ProcessState) => void
}

/** Looks for the end of an adopted process, which is nobody's child, this often. */
const adoptedLookMs = 500

export type Supervised = {
  readonly spec: ProcessSpec
  readonly state: () => ProcessState
  /** Secrets for its next start: one that was taken up has none, and they may be rotated. */
  readonly provide: (secretEnv: ProcessSpec['secretEnv']) => void
  /** Ends it and keeps it ended. Resolves when it has ended. */
  readonly stop: () => Promise<ProcessState>
  /** Lets go of it without ending it: another supervisor may take it up. */
  readonly release: () => void
}

/**
 * One process that is kept running: started in a group of its own, its output appended to a file (so that neither ends
 * with its supervisor), asked for its health, started again after an end as its policy says, and ended gracefully.
 * With a record of one that still runs, it is taken up instead of started.
 */
export function supervise({ spec, record, logFile, clock, confine, save, onChange }: Options): Supervised {
  let phase: ProcessPhase = 'starting'
  let since = iso(clock.now())
  let reason: string | null = null
  let identity: ProcessIdentity | null = record?.identity ?? null
  let port = record?.port ?? 0
  let startedAt = record?.startedAt ?? null
  let restarts = record?.restarts ?? 0
  let lastEnd: LastEnd | null = null
  let everReady = false
  let endings: Restarting = noEndings
  let wanted = true
  let limits = 'Not started yet.'
  const life = new AbortController()
  let ended: Promise<Ending> | null = null
  let starting: Promise<void> = Promise.resolve()

  const state = (): ProcessState => ({
    ...{ key: spec.key, phase, since, reason, port, startedAt, restarts, lastEnd, limits },
    pid: identity?.pid ?? null,
  })
  const { secretEnv: given, ...kept } = spec
  let secretEnv = given
  const wantsSecrets = record?.wantsSecrets || Object.keys(given).length > 0
  const remember = (): void =>
    save({
      ...{ spec: kept, wantsSecrets, wanted, identity, port, startedAt, restarts },
    })
  const become = (next: ProcessPhase, why: string | null): void => {
    if (phase === next && reason === why) return
    if (phase !== next) since = iso(clock.now())
    phase = next
    reason = why
    onChange(state())
  }
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: life.signal, ref: false })

  const start = async (): Promise<void> => {
    await mustBeExecutable(spec)
    if (!everReady || port === 0) port = await freePort()
    const confined = confine(spec)
    limits = confined.limits
    const [file = '', ...args] = confined.command
    const output = openSync(logFile, 'a', 0o600)
    try {
      const child = spawn(file, args, {
        cwd: spec.cwd,
        env: { ...baseEnvironment(), ...spec.env, ...secretEnv, PORT: String(port), HOST: '127.0.0.1' },
        detached: true,
        stdio: ['ignore', output, output],
      })
      ended = endOf(child)
      await spawned(child)
      child.unref()
      identity = identify(child.pid ?? 0)
    } finally {
      closeSync(output)
    }
    startedAt = iso(clock.now())
    remember()
    become('starting', null)
  }

  /** Follows one life of the process. @returns how it ended. */
  const follow = async (): Promise<Ending> => {
    const watching = new AbortController()
    const over = ended ?? endOfAdopted()
    const health = watchHealth(AbortSignal.any([watching.signal, life.signal]))
    const ending = await over
    watching.abort()
    await health
    return ending
  }

  async function endOfAdopted(): Promise<Ending> {
    while (identity && isAlive(identity)) await pause(adoptedLookMs)
    return { code: null, signal: null }
  }

  async function watchHealth(signal: AbortSignal): Promise<void> {
    const { intervalMs, healthyAfter, unhealthyAfter, startWithinMs } = spec.health
    const began = clock.monotonic()
    let good = 0
    let bad = 0
    while (!signal.aborted) {
      const result = await probe(port, spec.health)
      if (signal.aborted || !wanted) return
      good = result.ok ? good + 1 : 0
      bad = result.ok ? 0 : bad + 1
      if (good >= healthyAfter) {
        everReady = true
        become('ready', null)
      } else if (!result.ok && phase === 'ready' && bad >= unhealthyAfter) become('unhealthy', result.reason)
      else if (!result.ok && phase === 'starting' && clock.monotonic() - began > startWithinMs)
        become('unhealthy', `It was not ready within ${startWithinMs} ms: ${result.reason}`)
      const waitMs = phase === 'starting' ? Math.min(100, intervalMs) : intervalMs
      await sleep(waitMs, undefined, { ref: false, signal }).catch(() => {})
    }
  }

  const run = async (): Promise<void> => {
    while (wanted) {
      try {
        if (!identity || !isAlive(identity)) {
          if (wantsSecrets && Object.keys(secretEnv).length === 0) return become('failed', lacksSecrets)
          starting = start()
          await starting
        }
      } catch (thrown) {
        identity = null
        return become('failed', cannotStart(spec, thrown))
      }
      const ending = await follow()
      identity = null
      if (!wanted) return
      const logTail = tail(logFile)
      lastEnd = { ...ending, lastLine: logTail }
      const next = afterEnd({ spec, ending, endings, at: clock.monotonic(), everReady, logTail })
      endings = next.endings
      remember()
      if (next.kind === 'end') return become(next.phase, next.reason)
      become('waiting', next.reason)
      await pause(next.waitMs)
      ended = null
      restarts++
    }
  }

  const turn = run().catch((thrown: unknown) => {
    if (!life.signal.aborted) become('failed', `It is not looked after any more: ${String(thrown)}`)
  })
  if (identity) remember()

  return {
    spec,
    state,
    provide(next) {
      secretEnv = next
    },
    async stop() {
      wanted = false
      remember()
      await starting.catch(() => {})
      const target = identity
      if (target && isAlive(target)) {
        become('stopping', null)
        signalGroup(target, 'SIGTERM')
        const late = !(await gone(target, spec.stopGraceMs))
        if (late) {
          signalGroup(target, 'SIGKILL')
          await gone(target, 5_000)
        }
        become('stopped', late ? `It ignored SIGTERM for ${spec.stopGraceMs} ms and was killed.` : null)
      } else if (phase !== 'stopped') become('stopped', null)
      life.abort()
      await turn
      identity = null
      remember()
      return state()
    },
    release: () => life.abort(),
  }
}

const lacksSecrets = 'It ended while the application was away, and its secrets are kept nowhere else. Start it again.'

/** Only what a program needs to run at all: nothing of ours, which may hold secrets, is passed on. */
function baseEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'TEMP']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

const endOf = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })

const spawned = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })

async function gone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}

/** Looked for before a wrapper is started in its place, whose failure would say less. */
async function mustBeExecutable({ command: [program = ''], cwd }: ProcessSpec): Promise<void> {
  await access(cwd)
  if (program.includes('/') || program.includes('\\')) return access(resolve(cwd, program), constants.X_OK)
  const places = (process.env.PATH ?? '').split(delimiter)
  await Promise.any(places.map((place) => access(join(place, program), constants.X_OK))).catch(() => {
    throw Object.assign(new Error('not found'), { code: 'ENOENT' })
  })
}

function cannotStart({ command: [program = ''], cwd }: ProcessSpec, thrown: unknown): string {
  const { code } = thrown as NodeJS.ErrnoException
  if (code === 'ENOENT') return `${program} cannot be started: there is no such program, or no folder ${cwd}.`
  if (code === 'EACCES') return `${program} cannot be started: this user may not execute it.`
  if (code === 'ENOSPC') return `${program} cannot be started: the disk is full.`
  return `${program} cannot be started: ${thrown instanceof Error ? thrown.message : String(thrown)}.`
}

/** The last line that a process wrote, to say why it ended. */
function tail(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').slice(-4_000).trimEnd()
    return text.slice(text.lastIndexOf('\n') + 1).slice(0, 300)
  } catch {
    return ''
  }
}
