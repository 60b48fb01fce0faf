import type { AuditEntry } from '#preload/security/audit.ts'
import { type Field, fixed64, integer, message, readFields, text } from './protobuf.ts'

/** SeverityNumber of opentelemetry/proto/logs/v1/logs.proto. */
const severities = {
  succeeded: [9, 'INFO'],
  failed: [17, 'ERROR'],
  forbidden: [13, 'WARN'],
  interrupted: [13, 'WARN'],
} as const

/**
 * An ExportLogsServiceRequest (OTLP 1.x, opentelemetry-proto v1.11.0) as binary protobuf. The body of each record is the
 * whole entry as JSON; what one searches by stands in attributes too.
 */
export function logsRequest(entries: readonly AuditEntry[], instance: string, nowMs: number): Buffer {
  const resource = message(1, [keyValue(1, 'service.name', 'framework0'), keyValue(1, 'service.instance.id', instance)])
  const scope = message(1, [text(1, 'framework0.audit')])
  const records = entries.map((entry) => message(2, recordOf(entry, nowMs)))
  return message(1, [resource, message(2, [scope, ...records])])
}

function recordOf(entry: AuditEntry, nowMs: number): readonly Field[] {
  const [number, name] = severities[entry.outcome]
  return [
    fixed64(1, nanoseconds(Date.parse(entry.at))),
    fixed64(11, nanoseconds(nowMs)),
    integer(2, number),
    text(3, name),
    message(5, [text(1, JSON.stringify(entry))]),
    ...attributesOf(entry),
    text(12, `framework0.audit.${entry.operation}`),
  ]
}

function attributesOf(entry: AuditEntry): readonly Field[] {
  const texts: Readonly<Record<string, string | null>> = {
    'audit.subject': entry.subject,
    'audit.actor': entry.actor,
    'audit.via': entry.via,
    'audit.source': entry.source,
    'audit.session': entry.session,
    'audit.operation': entry.operation,
    'audit.outcome': entry.outcome,
    'audit.correlation_id': entry.correlationId,
    'audit.approval': entry.approval,
    'audit.leaf_hash': entry.leafHash,
  }
  return [
    message(6, [text(1, 'audit.sequence'), message(2, [integer(3, entry.sequence)])]),
    ...Object.entries(texts).flatMap(([key, value]) => (value === null ? [] : [keyValue(6, key, value)])),
    listValue('audit.environments', entry.environments),
    listValue('audit.targets', entry.targets),
  ]
}

const keyValue = (field: number, key: string, value: string): Field =>
  message(field, [text(1, key), message(2, [text(1, value)])])

/** An ArrayValue of strings. */
const listValue = (key: string, values: readonly string[]): Field =>
  message(6, [
    text(1, key),
    message(2, [
      message(
        5,
        values.map((value) => message(1, [text(1, value)])),
      ),
    ]),
  ])

const nanoseconds = (ms: number): bigint => BigInt(ms) * 1_000_000n

/** What an ExportLogsServiceResponse says was not accepted; null when all was, or when it cannot be read. */
export function partialSuccess(body: Buffer): { readonly rejected: number; readonly reason: string } | null {
  try {
    for (const [field, value] of readFields(body)) if (field === 1 && Buffer.isBuffer(value)) return partialIn(value)
  } catch {
    // An answer of 200 that is not protobuf still took everything.
  }
  return null
}

function partialIn(value: Buffer) {
  let rejected = 0
  let reason = ''
  for (const [field, member] of readFields(value)) {
    if (field === 1 && typeof member === 'bigint') rejected = Number(member)
    if (field === 2 && Buffer.isBuffer(member)) reason = member.toString('utf8')
  }
  return rejected === 0 ? null : { rejected, reason }
}
