import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { asAppError } from '#preload/contract/error.ts'
import { certificateDetail } from './certificate-detail.ts'
import { createHttpClient, type HttpClient } from './client.ts'
import { deadline } from './deadline.ts'
import { addressOf, type Endpoint, parseEndpointUrl, secretsOf, tlsOptions } from './endpoint.ts'
import { connectionFailure } from './failure.ts'
import { cleanText } from './server-text.ts'
import { headerOf, statusFailure } from './status.ts'

export const stepNames = ['dns', 'tcp', 'tls', 'http', 'auth', 'product'] as const
export type StepName = (typeof stepNames)[number]

/** How far a connection test has come. `ms` is how long the step took; `detail` and `hint` are sentences. */
export type Step = {
  readonly step: StepName
  readonly status: 'running' | 'ok' | 'failed' | 'skipped'
  readonly ms?: number
  readonly detail?: string
  readonly hint?: string
}

export type Product = { readonly product: string; readonly version: string }

export type WalkOptions = {
  /** What answers there; throws, with a hint naming the right kind of connection, if it is another product. */
  readonly identify: (client: HttpClient, signal: AbortSignal) => Promise<Product>
  /** A path that needs the credentials, for the steps `http` and `auth`. */
  readonly probePath?: string
  readonly signal?: AbortSignal | undefined
  /** For each step. 5 s unless given. */
  readonly stepTimeoutMs?: number
}

type Outcome = Pick<Step, 'detail' | 'hint'> & { readonly skipped?: true }
type Walker = (context: Context) => Promise<Outcome>
type Context = {
  readonly endpoint: Endpoint
  readonly url: URL
  readonly options: WalkOptions
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const walkers: Readonly<Record<StepName, Walker>> = {
  dns: resolveName,
  tcp: openConnection,
  tls: shakeHands,
  http: askAnything,
  auth: askWithCredentials,
  product: askForProduct,
}

/**
 * The connection test: DNS, TCP, TLS, HTTP, credentials, product and version, each performed on its own, with its own
 * time limit. Yields `running` and then the outcome of each step; after a failed one the rest are `skipped`.
 * Failures are steps: the iteration itself does not throw.
 */
export async function* walk(endpoint: Endpoint, options: WalkOptions): AsyncGenerator<Step, void, undefined> {
  let failed = false
  for (const step of stepNames) {
    if (failed) {
      yield { step, status: 'skipped' }
      continue
    }
    yield { step, status: 'running' }
    const outcome = await perform(step, endpoint, options)
    failed = outcome.status === 'failed'
    yield outcome
  }
}

async function perform(step: StepName, endpoint: Endpoint, options: WalkOptions): Promise<Step> {
  const timeoutMs = options.stepTimeoutMs ?? 5_000
  using limit = deadline(endpoint.name, timeoutMs, options.signal)
  const started = performance.now()
  const passed = () => Math.round((performance.now() - started) * 10) / 10
  try {
    const url = parseEndpointUrl(endpoint.url)
    const context = { endpoint, url, options, timeoutMs, signal: limit.signal }
    const { skipped, ...outcome } = await orAborted(walkers[step](context), limit.signal)
    return skipped ? { step, status: 'skipped', ...outcome } : { step, status: 'ok', ms: passed(), ...outcome }
  } catch (thrown) {
    const failure = limit.failure() ?? asAppError(thrown)
    const hint = failure.hint === undefined ? {} : { hint: failure.hint }
    return { step, status: 'failed', ms: passed(), detail: failure.message, ...hint }
  }
}

/** Ends the wait at once even where the work itself cannot be cancelled, as a name lookup cannot. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    return Promise.reject(signal.reason)
  }
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}

async function resolveName({ endpoint, url }: Context): Promise<Outcome> {
  const { host, literal } = addressOf(url)
  if (literal) return { detail: `${host} is an address; there is no name to look up.` }
  const found = await lookup(host, { all: true }).catch((thrown: unknown) => {
    throw connectionFailure(endpoint.name, url, thrown)
  })
  return { detail: `${host} is ${[...new Set(found.map(({ address }) => address))].join(', ')}.` }
}

async function openConnection(context: Context): Promise<Outcome> {
  const { host, port } = addressOf(context.url)
  const socket = connectTcp({ host, port, autoSelectFamily: true })
  return held(socket, context, async () => {
    await event(socket, 'connect')
    const from = socket.remoteFamily === 'IPv6' ? `[${socket.remoteAddress}]` : socket.remoteAddress
    return { detail: `Connected to ${from}:${socket.remotePort}.` }
  })
}

async function shakeHands(context: Context): Promise<Outcome> {
  const { endpoint, url } = context
  if (url.protocol === 'http:') return plainHttp(endpoint, url)
  const { host, port } = addressOf(url)
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket = connectTls({ host, port, ...name, ...tlsOptions(endpoint.tls), ALPNProtocols: ['http/1.1'] })
  return held(socket, context, async () => {
    await event(socket, 'secureConnect')
    const detail = certificateDetail(socket.getPeerCertificate(), socket.getProtocol(), Date.now())
    await clientAccepted(socket)
    return detail
  })
}

/**
 * In TLS 1.3 the client is done before the server has looked at the client's certificate. A refusal, or the first
 * session ticket, comes a moment later; not every server sends tickets, so the wait is short.
 */
async function clientAccepted(socket: TLSSocket): Promise<void> {
  if (socket.getProtocol() !== 'TLSv1.3') return
  const quiet = AbortSignal.timeout(150)
  await Promise.race([
    event(socket, 'session'),
    new Promise<void>((resolve) => quiet.addEventListener('abort', () => resolve(), { once: true })),
  ])
}

/** Runs `work` on a socket that is destroyed afterwards; its failures become sentences. */
async function held(socket: Socket, context: Context, work: () => Promise<Outcome>): Promise<Outcome> {
  const abort = () => socket.destroy()
  context.signal.addEventListener('abort', abort, { once: true })
  try {
    return await work()
  } catch (thrown) {
    throw connectionFailure(context.endpoint.name, context.url, thrown)
  } finally {
    context.signal.removeEventListener('abort', abort)
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

function event(socket: Socket, name: 'connect' | 'secureConnect' | 'session'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })
}

function plainHttp(endpoint: Endpoint, url: URL): Outcome {
  const { host } = addressOf(url)
  const local = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (endpoint.auth.kind === 'none' || local) return { skipped: true, detail: 'plain HTTP' }
  return { skipped: true, detail: 'plain HTTP', hint: 'The credentials travel unencrypted: use https:// if you can.' }
}

async function askAnything({ endpoint, options, timeoutMs, signal }: Context): Promise<Outcome> {
  const anonymous: Endpoint = { ...endpoint, auth: { kind: 'none' } }
  return withClient(anonymous, timeoutMs, async (client) => {
    const answer = await client.answer(options.probePath ?? '/', { signal, followRedirects: false })
    if (answer.status >= 500) throw statusFailure(anonymous, answer)
    const server = cleanText(headerOf(answer, 'server'), [])
    return { detail: `Answered with HTTP ${answer.status}${server === '' ? '' : ` (${server})`}.` }
  })
}

async function askWithCredentials({ endpoint, options, timeoutMs, signal }: Context): Promise<Outcome> {
  return withClient(endpoint, timeoutMs, async (client) => {
    const path = options.probePath ?? '/'
    const answer = await client.answer(path, { signal })
    if (answer.status === 401 || answer.status === 403) throw statusFailure(endpoint, answer)
    if (endpoint.auth.kind === 'none') return { detail: 'No credentials are needed.' }
    const anonymous: Endpoint = { ...endpoint, auth: { kind: 'none' } }
    const open = await withClient(anonymous, timeoutMs, (other) =>
      other.answer(path, { signal, followRedirects: false }),
    )
    if (open.status < 300)
      return { detail: 'The server answers without credentials too, so it may not have checked them.' }
    return { detail: 'The credentials were accepted.' }
  })
}

async function askForProduct({ endpoint, options, timeoutMs, signal }: Context): Promise<Outcome> {
  return withClient(endpoint, timeoutMs, async (client) => {
    const { product, version } = await options.identify(client, signal)
    return { detail: cleanText(`${product} ${version}`, secretsOf(endpoint)) }
  })
}

async function withClient<T>(
  endpoint: Endpoint,
  timeoutMs: number,
  work: (client: HttpClient) => Promise<T>,
): Promise<T> {
  const client = createHttpClient(endpoint, { timeoutMs })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
