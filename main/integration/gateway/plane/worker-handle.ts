import type { SendHandle } from 'node:child_process'
import cluster, { type Worker } from 'node:cluster'
import { AppError } from '#preload/contract/error.ts'
import type { ListeningHandle } from './acceptors.ts'
import type { HeldSockets } from './held-sockets.ts'
import type { Asked, FromWorker, ToWorker } from './messages.ts'

/** A failure that a worker told of, with what the system said. */
export class WorkerFailure extends Error {
  readonly code: string
  readonly address: string
  constructor({
    code,
    message,
    address,
  }: { readonly code: string; readonly message: string; readonly address: string }) {
    super(message)
    this.code = code
    this.address = address
  }
}

/** A worker process as its primary sees it. */
export type WorkerHandle = {
  readonly pid: number
  readonly startedAt: string
  readonly ready: Promise<void>
  readonly gone: Promise<void>
  ask(asked: Asked): Promise<unknown>
  tell(message: ToWorker): void
  kill(): void
  isGone(): boolean
}

const answerWithinMs = 30_000
type Waiting = {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Forks a worker. `heard` gets everything it says unasked; the sockets that it opens are held, and it is given those held. */
export function forkWorker(
  heard: (message: FromWorker, worker: WorkerHandle) => void,
  sockets: HeldSockets,
): WorkerHandle {
  const worker: Worker = cluster.fork()
  const waiting = new Map<number, Waiting>()
  let next = 0
  let isGone = false
  const settle = (id: number, act: (entry: Waiting) => void): void => {
    const entry = waiting.get(id)
    if (!entry) return
    waiting.delete(id)
    clearTimeout(entry.timer)
    act(entry)
  }
  const gone = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      isGone = true
      for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(ended()))
      resolve()
    })
  })
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(silent()), answerWithinMs)
    worker.on('message', (message: FromWorker, socket: unknown) => {
      if (message.kind === 'share') sockets.keep(message.key, socket as ListeningHandle)
      if (message.kind === 'share' || message.kind === 'want') give(message)
      else if (message.kind === 'ready') {
        clearTimeout(timer)
        resolve()
      } else if (message.kind === 'answer') settle(message.id, (entry) => entry.resolve(message.value))
      else if (message.kind === 'failure') settle(message.id, (entry) => entry.reject(new WorkerFailure(message)))
      else heard(message, handle)
    })
    worker.on('error', () => {}) // a message to a worker that has just ended; its exit tells the rest
    void gone.then(() => {
      clearTimeout(timer)
      reject(ended())
    })
  })
  ready.catch(() => {})
  const tell = (message: ToWorker): void => {
    if (!isGone && worker.isConnected()) worker.send(message)
  }
  /** See acceptors.ts. */
  const give = ({ id, key, times }: Extract<FromWorker, { kind: 'share' | 'want' }>): void => {
    const socket = sockets.of(key)
    if (socket === null || times === 0) tell({ kind: 'handle', id })
    else for (let time = 0; time < times; time++) worker.send({ kind: 'handle', id }, socket as SendHandle, () => {})
  }
  const ask = (asked: Asked): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isGone) return reject(ended())
      const id = next++
      const timer = setTimeout(() => settle(id, (entry) => entry.reject(silent())), answerWithinMs)
      waiting.set(id, { resolve, reject, timer })
      tell({ kind: 'ask', id, asked })
    })
  const handle: WorkerHandle = {
    pid: worker.process.pid ?? 0,
    startedAt: new Date().toISOString(),
    ready,
    gone,
    ask,
    tell,
    kill: () => void worker.process.kill('SIGKILL'),
    isGone: () => isGone,
  }
  return handle
}

const ended = (): AppError =>
  new AppError('unreachable', 'A worker of the gateway has ended.', { hint: 'Another takes its place; try again.' })
const silent = (): AppError =>
  new AppError('timeout', 'A worker of the gateway does not answer.', {
    hint: 'Look at the load of this machine; try again.',
  })
