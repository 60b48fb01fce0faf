import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client, ClientChannel } from 'ssh2'
import { AppError } from '#preload/contract/error.ts'
import { keepConnection, type SshKey, type SshPlace } from './connection.ts'
import { connectionError } from './failure.ts'
import { words } from './quote.ts'

export type RunOptions = {
  /** `$1`, `$2` … of the script: the only way for outside text into a command. */
  readonly args?: readonly string[]
  readonly input?: AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal
  readonly withinMs?: number
}

export type Ran = { readonly code: number | null; readonly output: string; readonly errors: string }

/** A host that commands are run on. */
export type SshHost = {
  readonly place: SshPlace
  /**
   * Runs a script in a POSIX shell.
   * @throws AppError `unreachable` when the connection is lost meanwhile: whether it took effect is not known then.
   */
  readonly run: (script: string, options?: RunOptions) => Promise<Ran>
  /** Resolves when there is a connection. */
  readonly reach: () => Promise<void>
  readonly close: () => void
}

const runWithinMs = 60_000
const longestOutput = 16 * 1024 * 1024
/** sshd allows ten at once over one connection (`MaxSessions`); those of others beside ours are counted too. */
const mostAtOnce = 6

export function openHost(place: SshPlace, key: () => Promise<SshKey>): SshHost {
  const connection = keepConnection(place, key)
  const inTurn = atMost(mostAtOnce)

  const channel = async (command: string): Promise<ClientChannel> => {
    const first = await connection.client()
    try {
      return await exec(first, command)
    } catch (thrown) {
      // It was lost unnoticed before anything was sent: asked for again, it is opened anew.
      const second = await connection.client()
      if (second === first) throw connectionError(thrown, place)
      return exec(second, command).catch((again: unknown) => {
        throw connectionError(again, place)
      })
    }
  }

  return {
    place,
    run: (script, options = {}) =>
      inTurn(async () => {
        options.signal?.throwIfAborted()
        const told = `echo $$ >&2\n${script}`
        const opened = await channel(`LC_ALL=C exec sh -c ${words([told, 'framework0', ...(options.args ?? [])])}`)
        return follow(opened, options, {
          place,
          kill: async (group) => void (await exec(await connection.client(), `kill -s TERM -- -${group}`)),
        })
      }),
    reach: async () => void (await connection.client()),
    close: connection.close,
  }
}

const exec = (client: Client, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel))))

type Ends = { readonly place: SshPlace; readonly kill: (group: number) => Promise<void> }

async function follow(channel: ClientChannel, options: RunOptions, { place, kill }: Ends): Promise<Ran> {
  const { signal, withinMs = runWithinMs } = options
  const late = AbortSignal.timeout(withinMs)
  const ended = signal ? AbortSignal.any([signal, late]) : late
  const answer = answerOf(channel)
  const given = give(channel, options.input)
  const stopped = new Promise<'stopped'>((resolve) => {
    ended.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  const ran = await Promise.race([answer.ended, stopped])
  if (ran === 'stopped') {
    // By its group, over the connection: sshd passes no signals on for everybody.
    const group = answer.group()
    if (group !== null) kill(group).catch(() => {})
    channel.close()
    signal?.throwIfAborted()
    throw new AppError('timeout', `${place.address} did not finish a command within ${withinMs / 1_000} s.`)
  }
  const failed = await given
  if (failed !== null) throw failed
  if (ran) return ran
  throw new AppError('unreachable', `The connection to ${place.address} was lost while a command ran there.`, {
    hint: 'Whether it took effect is looked at with the next try.',
  })
}

type Answer = {
  /** Null when the connection ended before the command did. */
  readonly ended: Promise<Ran | null>
  /** The process group, which the first line that it writes tells; null before. */
  readonly group: () => number | null
}

function answerOf(channel: ClientChannel): Answer {
  const output: Buffer[] = []
  const errors: Buffer[] = []
  let size = 0
  const take = (into: Buffer[]) => (chunk: Buffer) => {
    size += chunk.length
    if (size > longestOutput) channel.close()
    else into.push(chunk)
  }
  channel.on('data', take(output))
  channel.stderr.on('data', take(errors))
  const said = (): string => Buffer.concat(errors).toString()
  const ended = new Promise<Ran | null>((resolve) => {
    let exit: { readonly code: number | null } | null = null
    channel.on('exit', (code: number | null) => {
      exit = { code }
    })
    channel.on('error', () => {})
    channel.on('close', () =>
      resolve(exit && { ...exit, output: Buffer.concat(output).toString(), errors: said().replace(/^\d+\n/, '') }),
    )
  })
  return { ended, group: () => Number(/^(\d+)\n/.exec(said())?.[1]) || null }
}

/** Gives a command its input. @returns why it could not be read; that the command did not want all of it is no failure. */
async function give(channel: ClientChannel, input: RunOptions['input']): Promise<unknown> {
  if (!input) {
    channel.end()
    return null
  }
  let failed: unknown = null
  const read = async function* () {
    const source = input[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await source.next().catch((thrown: unknown) => {
          failed = thrown
          channel.close()
          return { done: true as const, value: undefined }
        })
        if (next.done) return
        yield next.value
      }
    } finally {
      await source.return?.()
    }
  }
  await pipeline(Readable.from(read(), { objectMode: false }), channel, { end: true }).catch(() => {})
  return failed
}

/** Lets so many run at once; the others wait in their order. */
function atMost(limit: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
