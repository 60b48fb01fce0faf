import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A real server that a test started and owns. */
export type Peer = {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly directory: string
  /** Everything it has written to stdout and stderr (the last 256 KiB). */
  log(): string
  /** TERM, then KILL after a grace; returns when it is gone and its directory is removed. */
  stop(): Promise<void>
  /** Sends a signal to it and nothing else; `stop` still cleans up. */
  kill(signal: NodeJS.Signals): void
  [Symbol.asyncDispose](): Promise<void>
}

export type PeerOptions = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly url: string
  /** Removed at stop. */
  readonly directory: string
  /** For a server that is started again on what it left behind; whoever starts it removes it. */
  readonly keepDirectory?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly ready: (log: () => string) => Promise<boolean> | boolean
  readonly readyWithinMs?: number
  readonly graceMs?: number
}

const logLimit = 256 * 1024
const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Whether a binary is on this machine, so that a suite can say exactly what it leaves out. */
export function available(binary: string): boolean {
  try {
    execFileSync('which', [binary], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Below what systems give to connections that go out, which else could take a port before its server does. */
const ports = { from: 11_000, to: 19_999 }

/** A loopback TCP port that nothing listens on at this moment, drawn by lot: processes that ask at once get others. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(ports.from, ports.to + 1)
    if (await isFree(port)) return port
  }
  throw new Error(`No port of 127.0.0.1 between ${ports.from} and ${ports.to} is free.`)
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export const temporaryDirectory = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `peer-${name}-`))

/** Asks until the answer is yes; a rejection counts as no. False when the deadline passes first. */
export async function eventually(
  ask: () => Promise<boolean> | boolean,
  withinMs = 10_000,
  everyMs = 50,
): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline) {
    const yes = await Promise.resolve()
      .then(ask)
      .catch(() => false)
    if (yes) return true
    await sleep(everyMs)
  }
  return false
}

/**
 * Starts a server and returns when its readiness probe says yes. Fails with the tail of its log when it exits
 * early or is not ready in time. It never outlives this process: an exit hook kills it by pid, and on Linux the
 * kernel does (PR_SET_PDEATHSIG) even if this process is killed without a chance to run the hook.
 */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  const child = launch(options)
  const log = collectLog(child)
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    await end(child, exited, options.graceMs ?? 5_000)
    if (!options.keepDirectory) await rm(options.directory, { recursive: true, force: true })
  }

  const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  const settled = await eventually(async () => gone() || (await options.ready(log)), options.readyWithinMs ?? 20_000)
  const { pid } = child
  if (!settled || gone() || pid === undefined) {
    const why = gone() ? `exited (${child.signalCode ?? child.exitCode ?? 'not started'})` : 'was not ready in time'
    await stop()
    throw new Error(`${options.name} ${why}. The end of its log:\n${log().slice(-2_000)}`)
  }
  const { name, url, directory } = options
  const kill = (signal: NodeJS.Signals) => void child.kill(signal)
  return { name, pid, url, directory, log, stop, kill, [Symbol.asyncDispose]: stop }
}

function launch(options: PeerOptions): ChildProcess {
  const guarded = process.platform === 'linux' && available('setpriv')
  const [command, args] = guarded
    ? ['setpriv', ['--pdeathsig', 'KILL', options.command, ...options.args]]
    : [options.command, options.args]
  const child = spawn(command, args, {
    cwd: options.cwd ?? options.directory,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

function collectLog(child: ChildProcess): () => string {
  let text = ''
  const append = (chunk: Buffer | string) => {
    text = (text + chunk).slice(-logLimit)
  }
  child.stdout?.on('data', append)
  child.stderr?.on('data', append)
  child.on('error', (error) => append(`${error.message}\n`))
  return () => text
}

async function end(child: ChildProcess, exited: Promise<void>, graceMs: number): Promise<void> {
  if (!running.has(child)) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await exited
  clearTimeout(timer)
}
