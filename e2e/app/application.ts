import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { socketPath } from '#main/app/instance.ts'
import { clientWire } from '#main/app/wires.ts'
import { contracts } from '#preload/app/contracts.ts'
import { type Caller, createCaller, createClient } from '#preload/contract/caller.ts'
import type { Client } from '#preload/contract/define.ts'
import { endAgent } from './peers/subject.ts'

const root = join(import.meta.dirname, '..', '..')

export const nodeBinary = join(root, 'node_modules', '.bin', 'node')

type Api = { readonly [K in keyof typeof contracts]: Client<(typeof contracts)[K]> }

/** The built application on the server host, with a data folder of its own. */
export type Application = {
  readonly data: string
  readonly pid: number
  /** A link that opens it once. */
  readonly link: () => Promise<string>
  /** The contract over the private socket, as the command line uses it. */
  readonly api: Api
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

type Options = {
  readonly data?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds between two looks at an alert source. */
  readonly pollEveryMs?: number
}

export const temporaryData = (): string => mkdtempSync(join(tmpdir(), 'framework0-e2e-'))

export async function startApplication({
  data,
  args = [],
  env = {},
  pollEveryMs = 1_000,
}: Options = {}): Promise<Application> {
  const folder = data ?? temporaryData()
  const child = spawn(nodeBinary, [join(root, 'out', 'main', 'server.js'), '--data', folder, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FRAMEWORK0_CHECK_OUTPUTS: '1', FRAMEWORK0_POLL_MS: String(pollEveryMs), ...env },
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  let link: string | null = await firstLink(child)
  const socket = new WebSocket('ws://localhost/bridge', { createConnection: () => connect(socketPath(folder)) })
  const caller: Caller = createCaller(clientWire(socket))
  const api = Object.fromEntries(
    Object.entries(contracts).map(([name, contract]) => [name, createClient(contract, caller)]),
  ) as Api

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    caller.close()
    process.off('exit', killWithUs)
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    }
    if (data === undefined) endAgent(folder)
    if (data === undefined) rmSync(folder, { recursive: true, force: true })
  }

  return {
    data: folder,
    pid: child.pid ?? 0,
    async link() {
      const first = link
      link = null
      return first ?? (await askForLink(folder))
    },
    api,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

function firstLink(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line)
        if (line.startsWith('ready ')) resolve(line.slice('ready '.length))
      })
    }
    child.once('exit', (code) => reject(new Error(`The application ended with ${code}: ${said.join('\n')}`)))
  })
}

async function askForLink(folder: string): Promise<string> {
  const { askForLink: ask } = await import('#main/app/link.ts')
  return ask(folder)
}
