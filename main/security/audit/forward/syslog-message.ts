import type { AuditEntry } from '#preload/security/audit.ts'
import { visible, visibleJson } from '../export/visible.ts'

/** Facility 13, log audit (RFC 5424 section 6.2.1). */
const facility = 13
const severities = { succeeded: 6, failed: 4, forbidden: 4, interrupted: 4 } as const

/** Octets that a receiver should be able to process (RFC 5425 section 4.3.1). */
const messageLimit = 8_192

/** The example number of RFC 5612: this product has no enterprise number of its own. */
const structuredDataId = 'framework0@32473'

/**
 * An entry as a syslog message (RFC 5424 section 6): what one searches by as structured data, the whole entry as JSON in
 * the text. One that would be too long leaves out what changed and says so; its leaf hash tells which entry it is.
 */
export function syslogMessage(entry: AuditEntry, hostname: string): Buffer {
  const whole = messageOf(entry, hostname, visibleJson(entry), false)
  if (whole.length <= messageLimit) return whole
  const { before: _, after: __, error, ...rest } = entry
  const targets = rest.targets.slice(0, 20)
  return messageOf({ ...entry, targets }, hostname, visibleJson({ ...rest, targets, error: error?.code ?? null }), true)
}

function messageOf(entry: AuditEntry, hostname: string, text: string, shortened: boolean): Buffer {
  const header = [
    `<${facility * 8 + severities[entry.outcome]}>1`,
    entry.at,
    printable(hostname, 255),
    'framework0',
    '-',
    printable(entry.operation, 32),
  ].join(' ')
  return Buffer.from(`${header} ${structuredData(entry, shortened)} \ufeff${text}`, 'utf8')
}

function structuredData(entry: AuditEntry, shortened: boolean): string {
  const parameters: Readonly<Record<string, string | null>> = {
    sequence: String(entry.sequence),
    subject: entry.subject,
    actor: entry.actor,
    via: entry.via,
    source: entry.source,
    operation: entry.operation,
    outcome: entry.outcome,
    environments: entry.environments.join(','),
    targets: entry.targets.join(','),
    correlation: entry.correlationId,
    leafHash: entry.leafHash,
    shortened: shortened ? 'true' : null,
  }
  const written = Object.entries(parameters).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [` ${name}="${escaped(value)}"`],
  )
  return `[${structuredDataId}${written.join('')}]`
}

/** A PARAM-VALUE (section 6.3.3). Control characters are shown, since many receivers end a message at them. */
const escaped = (value: string): string => visible(value.slice(0, 1_000)).replace(/["\\\]]/g, '\\$&')

/** PRINTUSASCII for the header fields (section 6). */
const printable = (value: string, limit: number): string => value.replace(/[^!-~]/g, '?').slice(0, limit) || '-'

/** Octet counting (RFC 5425 section 4.3): MSG-LEN SP SYSLOG-MSG. */
export const frame = (message: Buffer): Buffer => Buffer.concat([Buffer.from(`${message.length} `), message])
