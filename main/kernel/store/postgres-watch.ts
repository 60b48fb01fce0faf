import type pg from 'pg'
import { AppError } from '#preload/contract/error.ts'
import { workspaceAway } from './errors.ts'
import { createListeners } from './notices.ts'
import type { WorkspaceState } from './opened.ts'
import type { PostgresSettings } from './place.ts'
import { connectClient, type PostgresLimits, wireOf } from './postgres-client.ts'

type Options = {
  readonly settings: PostgresSettings
  readonly limits: PostgresLimits
  readonly name: string
  readonly channel: string
  readonly onNotice: (text: string) => void
  /** The connection was away; what was told meanwhile is lost. */
  readonly onReturn: () => void
  readonly onAway: () => void
}

export type ServerWatch = {
  readonly state: () => WorkspaceState
  readonly onState: (listener: (state: WorkspaceState) => void) => () => void
  /** @throws AppError `unreachable` while the server is away. Whoever asks makes it look again. */
  readonly admit: () => Promise<void>
  /** Something broke elsewhere: looks at once instead of at the next beat. */
  readonly suspect: () => void
  readonly close: () => Promise<void>
}

const retryMs = 1_000
const endsWithinMs = 1_000
/** An action that comes while the server is away waits no longer for it than this. */
const patienceMs = 250

/** One connection that listens (LISTEN), and by which the server is known to be there or away. */
export async function watchServer(options: Options): Promise<ServerWatch> {
  const { settings, limits, name, channel } = options
  const states = createListeners<WorkspaceState>()
  let state: WorkspaceState = { state: 'connected', since: new Date().toISOString() }
  let listening: pg.Client | null = null
  let recovering: Promise<void> | null = null
  let retry: NodeJS.Timeout | undefined
  let reason: unknown
  let beating = false
  let closed = false

  const become = (next: WorkspaceState['state']): void => {
    if (state.state === next) return
    state = { state: next, since: new Date().toISOString() }
    if (next === 'away') options.onAway()
    states.tell(state)
  }

  const listen = async (): Promise<void> => {
    const client = await connectClient(settings, limits, name)
    if (closed) return void (await client.end())
    client.on('notification', ({ payload }) => options.onNotice(payload ?? ''))
    const lost = (): void => {
      if (listening !== client) return
      listening = null
      void recover()
    }
    client.on('error', lost)
    client.on('end', lost)
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    listening = client
  }

  const recover = (): Promise<void> => {
    if (closed) return Promise.resolve()
    recovering ??= listen()
      .then(() => {
        become('connected')
        options.onReturn()
      })
      .catch((thrown: unknown) => {
        reason = thrown
        become('away')
        clearTimeout(retry)
        retry = setTimeout(() => void recover(), retryMs).unref()
      })
      .finally(() => {
        recovering = null
      })
    return recovering
  }

  const beat = async (): Promise<void> => {
    const client = listening
    if (!client || beating) return
    beating = true
    const timer = setTimeout(() => wireOf(client).stream.destroy(new Error('timeout expired')), limits.heartbeat)
    try {
      await client.query('select 1')
    } catch {
      // the client tells its end by itself
    } finally {
      clearTimeout(timer)
      beating = false
    }
  }

  await listen()
  const heart = setInterval(() => void beat(), limits.heartbeat).unref()
  return {
    state: () => state,
    onState: states.on,
    async admit() {
      if (state.state === 'connected') return
      await Promise.race([recover(), new Promise((resolve) => setTimeout(resolve, patienceMs))])
      if ((state as WorkspaceState).state === 'connected') return
      // A server that is back but does not let us in says more than that it is away.
      throw reason instanceof AppError && reason.code !== 'unreachable' ? reason : workspaceAway(reason)
    },
    suspect: () => void beat(),
    async close() {
      closed = true
      clearInterval(heart)
      clearTimeout(retry)
      await recovering
      const client = listening
      listening = null
      if (!client) return
      const timer = setTimeout(() => wireOf(client).stream.destroy(), endsWithinMs)
      await client.end().catch(() => {})
      clearTimeout(timer)
    },
  }
}
