import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from './listen.ts'
import { decode, type Message, type Schema } from './protobuf-message.ts'

/**
 * Not the OpenTelemetry Collector: no binary of it is to be had here. This is a small receiver of OTLP logs over HTTP that
 * decodes strictly by the field numbers of opentelemetry-proto v1.11.0 (collector/logs/v1/logs_service.proto,
 * logs/v1/logs.proto, common/v1/common.proto, resource/v1/resource.proto) and refuses a field that it does not know.
 */
export type CollectorPeer = {
  readonly url: string
  /** Every record it took, in order, duplicates included. */
  readonly records: readonly LogRecord[]
  readonly complaints: readonly string[]
  /** The headers of the last request. */
  headers(): IncomingMessage['headers']
  /** Answers with this status instead of taking anything; null ends that. */
  refuse(status: number | null): void
  /** Takes everything, but says that it rejected this many. */
  rejectPartly(count: number, reason: string): void
  [Symbol.asyncDispose](): Promise<void>
}

export type LogRecord = {
  readonly service: string
  readonly timeUnixNano: bigint
  readonly observedTimeUnixNano: bigint
  readonly severityNumber: bigint
  readonly severityText: string
  readonly body: string
  readonly eventName: string
  readonly attributes: Readonly<Record<string, string | bigint | readonly string[]>>
}

const anyValue: Schema = {
  1: ['string', 'stringValue'],
  2: ['varint', 'boolValue'],
  3: ['varint', 'intValue'],
  5: ['message', 'arrayValue', () => ({ 1: ['message', 'values', () => anyValue] })],
}
const keyValue: Schema = { 1: ['string', 'key'], 2: ['message', 'value', () => anyValue] }
const logRecord: Schema = {
  1: ['fixed64', 'timeUnixNano'],
  2: ['varint', 'severityNumber'],
  3: ['string', 'severityText'],
  5: ['message', 'body', () => anyValue],
  6: ['message', 'attributes', () => keyValue],
  11: ['fixed64', 'observedTimeUnixNano'],
  12: ['string', 'eventName'],
}
const scope: Schema = { 1: ['string', 'name'], 2: ['string', 'version'] }
const scopeLogs: Schema = { 1: ['message', 'scope', () => scope], 2: ['message', 'logRecords', () => logRecord] }
const resource: Schema = { 1: ['message', 'attributes', () => keyValue] }
const resourceLogs: Schema = {
  1: ['message', 'resource', () => resource],
  2: ['message', 'scopeLogs', () => scopeLogs],
}
const exportRequest: Schema = { 1: ['message', 'resourceLogs', () => resourceLogs] }

export async function startCollector(): Promise<CollectorPeer> {
  const records: LogRecord[] = []
  const complaints: string[] = []
  let status: number | null = null
  let response: Buffer = Buffer.alloc(0)
  let headers: IncomingMessage['headers'] = {}
  const receive = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    headers = request.headers
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (status !== null) return void answer.writeHead(status).end()
    try {
      records.push(...recordsIn(request, Buffer.concat(chunks)))
      answer.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(response)
    } catch (thrown) {
      complaints.push(String(thrown))
      answer.writeHead(400).end()
    }
  }
  const server = createServer((request, answer) => void receive(request, answer).catch(() => answer.destroy()))
  const { port, close } = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    records,
    complaints,
    headers: () => headers,
    refuse: (next) => {
      status = next
    },
    rejectPartly: (count, reason) => {
      const text = Buffer.from(reason)
      const partial = Buffer.concat([Buffer.from([0x08, count, 0x12, text.length]), text])
      response = Buffer.concat([Buffer.from([0x0a, partial.length]), partial])
    },
    [Symbol.asyncDispose]: close,
  }
}

function recordsIn(request: IncomingMessage, data: Buffer): LogRecord[] {
  if (request.method !== 'POST' || request.url !== '/v1/logs')
    throw new Error(`Not at ${request.method} ${request.url}.`)
  if (request.headers['content-type'] !== 'application/x-protobuf') throw new Error('Not protobuf.')
  const [group, ...others] = each(decode(exportRequest, data), 'resourceLogs')
  if (group === undefined || others.length > 0) throw new Error('One resource was expected.')
  const service = attributesIn(each(group, 'resource')[0] ?? {})['service.name']
  if (typeof service !== 'string') throw new Error('A resource needs a service.name.')
  return each(group, 'scopeLogs').flatMap((logs) => each(logs, 'logRecords').map((record) => recordOf(service, record)))
}

function recordOf(service: string, record: Message): LogRecord {
  const severityNumber = numberIn(record, 'severityNumber')
  if (severityNumber < 1n || severityNumber > 24n) throw new Error('The severity number is out of range.')
  if (numberIn(record, 'observedTimeUnixNano') === 0n) throw new Error('observed_time_unix_nano must be set.')
  return {
    service,
    timeUnixNano: numberIn(record, 'timeUnixNano'),
    observedTimeUnixNano: numberIn(record, 'observedTimeUnixNano'),
    severityNumber,
    severityText: textIn(record, 'severityText'),
    body: textIn(each(record, 'body')[0] ?? {}, 'stringValue'),
    eventName: textIn(record, 'eventName'),
    attributes: attributesIn(record),
  }
}

function attributesIn(message: Message): LogRecord['attributes'] {
  const pairs = each(message, 'attributes').map(
    (pair) => [textIn(pair, 'key'), attributeValue(each(pair, 'value')[0] ?? {})] as const,
  )
  const attributes = Object.fromEntries(pairs)
  if (Object.keys(attributes).length !== pairs.length) throw new Error('Attribute keys must be unique.')
  return attributes
}

function attributeValue(value: Message): string | bigint | readonly string[] {
  if (value.intValue !== undefined) return numberIn(value, 'intValue')
  if (value.arrayValue === undefined) return textIn(value, 'stringValue')
  return each(each(value, 'arrayValue')[0] ?? {}, 'values').map((one) => textIn(one, 'stringValue'))
}

const each = (message: Message, name: string): readonly Message[] =>
  (message[name] ?? []).filter((value): value is Message => typeof value === 'object')

function numberIn(message: Message, name: string): bigint {
  const value = message[name]?.at(-1)
  if (typeof value !== 'bigint') throw new Error(`${name} is missing.`)
  return value
}

function textIn(message: Message, name: string): string {
  const value = message[name]?.at(-1)
  if (typeof value !== 'string') throw new Error(`${name} is missing.`)
  return value
}
