import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Certificate } from './certificates.ts'
import { listen } from './listen.ts'

/** How it treats the next requests. */
export type WebhookMood =
  | { readonly kind: 'take' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Resets the connection, with the batch taken or not. */
  | { readonly kind: 'reset'; readonly taken: boolean }
  | { readonly kind: 'silent' }
  /** Takes no batch with an event that this names. */
  | { readonly kind: 'picky'; readonly refuses: (event: CloudEvent) => boolean }

export type CloudEvent = {
  readonly specversion: string
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time: string
  readonly subject: string
  readonly datacontenttype: string
  readonly data: { readonly sequence: number }
}

export type WebhookPeer = {
  readonly url: string
  /** Every event it took, in the order it took them, duplicates included. */
  readonly events: readonly CloudEvent[]
  /** Why it refused a request as malformed or wrongly signed. */
  readonly complaints: readonly string[]
  /** Requests so far. */
  requests(): number
  become(mood: WebhookMood): void
  [Symbol.asyncDispose](): Promise<void>
}

type WebhookRecipe = { readonly signingSecret?: string; readonly tls?: Certificate }

/** A receiver of CloudEvents batches in this process, which checks their form and their signature. */
export async function startWebhook({ signingSecret, tls }: WebhookRecipe = {}): Promise<WebhookPeer> {
  const events: CloudEvent[] = []
  const complaints: string[] = []
  let mood: WebhookMood = { kind: 'take' }
  let requests = 0
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests++
    const body = await bodyOf(request)
    const complaint = complaintAbout(request, body, signingSecret)
    if (complaint !== null) {
      complaints.push(complaint)
      response.writeHead(400).end(complaint)
      return
    }
    behave(mood, JSON.parse(body.toString('utf8')), events, request, response)
  }
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    receive(request, response).catch(() => request.socket.destroy())
  }
  const { port, close } = await listen(tls === undefined ? createServer(answer) : createSecureServer(tls, answer))
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hooks/audit?team=7`,
    events,
    complaints,
    requests: () => requests,
    become: (next) => {
      mood = next
    },
    [Symbol.asyncDispose]: close,
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function complaintAbout(request: IncomingMessage, body: Buffer, secret: string | undefined): string | null {
  if (request.url !== '/hooks/audit?team=7') return `The address is ${request.url}.`
  if (!request.headers['content-type']?.startsWith('application/cloudevents-batch+json')) return 'This is no batch.'
  const signature = String(request.headers['x-framework0-signature'] ?? '')
  if (secret === undefined) return signature === '' ? null : 'A signature was not expected.'
  const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const same = signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
  return same ? null : 'The signature is wrong.'
}

function behave(
  mood: WebhookMood,
  batch: readonly CloudEvent[],
  events: CloudEvent[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  switch (mood.kind) {
    case 'take':
      events.push(...batch)
      response.writeHead(204).end()
      return
    case 'status':
      response.writeHead(mood.status, { ...mood.headers }).end('{"message":"not today"}')
      return
    case 'reset':
      if (mood.taken) events.push(...batch)
      request.socket.resetAndDestroy()
      return
    case 'silent':
      return
    case 'picky':
      if (batch.some(mood.refuses)) {
        response.writeHead(422).end('{"message":"I cannot read one of them"}')
        return
      }
      events.push(...batch)
      response.writeHead(200).end()
  }
}
