import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#main/kernel/log/log.ts'
import { connectChannel, type Remote } from '#main/kernel/worker/channel.ts'
import { socketPort } from '#main/kernel/worker/lines.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AgentEvents, AgentMethods } from './agent.ts'
import { agentFolder } from './agent-folder.ts'

type Options = {
  readonly dataFolder: string
  /** The agent's entry file. */
  readonly entry: string
  readonly log: Log
  readonly onEvent: <K extends keyof AgentEvents>(name: K, payload: AgentEvents[K]) => void
  /** Told when the agent went away by itself. */
  readonly onLost: () => void
}

export type AgentLink = {
  /** Calls the agent; starts it first where none runs. @throws AppError `unreachable` when it went away meanwhile. */
  readonly remote: Remote<AgentMethods>
  /** The agent that runs, if one does: never starts one. */
  readonly isRunning: () => Promise<boolean>
  readonly close: () => void
}

type Connection = { readonly socket: Socket; readonly remote: Remote<AgentMethods> }

const startsWithinMs = 15_000

/** The application's line to the agent of its data folder. */
export function linkAgent({ dataFolder, entry, log, onEvent, onLost }: Options): AgentLink {
  const { path, socket: address } = agentFolder(dataFolder)
  let connection: Promise<Connection> | null = null
  let closed = false

  const open = async (): Promise<Connection> => {
    const socket = (await tryConnect(address)) ?? (await start())
    const { remote, fail } = connectChannel<AgentMethods>(socketPort(socket), (name, payload) =>
      onEvent(name as keyof AgentEvents, payload as never),
    )
    socket.on('error', (error) => log.warn('line to the agent', { error }))
    socket.on('close', () => {
      connection = null
      if (closed) return fail(closing())
      onLost()
      fail(
        new AppError('unreachable', 'The process that holds the services of this machine went away.', {
          hint: 'It is started again at the next try; what it held goes on.',
          retryable: true,
        }),
      )
    })
    return { socket, remote }
  }

  const start = async (): Promise<Socket> => {
    if (closed) throw closing()
    const child = spawn(process.execPath, [entry, dataFolder], {
      cwd: path,
      detached: true,
      stdio: 'ignore',
      env: { ...withoutOurs(process.env), ELECTRON_RUN_AS_NODE: '1' },
    })
    child.on('error', (error) => log.error('agent not started', { error }))
    child.unref()
    const deadline = performance.now() + startsWithinMs
    while (performance.now() < deadline) {
      const socket = await tryConnect(address)
      if (socket) return socket
      await sleep(50)
    }
    throw new AppError('unreachable', 'The process that holds the services of this machine does not start.', {
      hint: 'Its log is logs/agent.log in the data folder.',
    })
  }

  const connected = (): Promise<Connection> => {
    connection ??= open().catch((thrown: unknown) => {
      connection = null
      throw thrown
    })
    return connection
  }

  return {
    remote: new Proxy({} as Remote<AgentMethods>, {
      get: (_, method) => async (input: never, signal?: AbortSignal) =>
        (await connected()).remote[method as keyof AgentMethods](input, signal),
    }),
    async isRunning() {
      if (connection) return true
      const socket = await tryConnect(address)
      socket?.destroy()
      return socket !== null
    },
    close() {
      closed = true
      connection?.then(({ socket }) => socket.destroy()).catch(() => {})
    },
  }
}

const closing = (): AppError => new AppError('cancelled', 'The application is closing.')

const tryConnect = (address: string): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => resolve(socket.unref()))
    socket.once('error', () => resolve(null))
  })

/** The agent outlives the application; what was given to that, a passphrase above all, is none of its business. */
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FRAMEWORK0_')))
