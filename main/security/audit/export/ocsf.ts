import type { AuditEntry } from '#preload/security/audit.ts'
import { linesOf } from './jsonl.ts'
import type { Format } from './material.ts'
import { type Activity, activityOf } from './ocsf-activity.ts'

export const ocsfVersion = '1.8.0'

/** OCSF 1.8.0 (schema.ocsf.io) as JSON Lines. */
export const ocsf: Format = { extension: 'ocsf.jsonl', mediaType: 'application/x-ndjson', write: linesOf(toOcsf) }

const severities = { succeeded: 1, failed: 2, interrupted: 2, forbidden: 3 } as const
const severityNames = ['Unknown', 'Informational', 'Low', 'Medium']

/** One entry as an event. What OCSF has no attribute for stands in `unmapped`, so that nothing is lost. */
export function toOcsf(entry: AuditEntry): Readonly<Record<string, unknown>> {
  const activity = activityOf(entry.operation)
  const severity = severities[entry.outcome]
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: activity.category,
    category_name: activity.category === 3 ? 'Identity & Access Management' : 'Application Activity',
    class_uid: activity.class,
    class_name: activity.className,
    type_uid: activity.class * 100 + activity.id,
    type_name: `${activity.className}: ${activity.name}`,
    time: Date.parse(entry.at),
    severity_id: severity,
    severity: severityNames[severity],
    ...statusOf(entry),
    message: `${entry.operation} ${entry.outcome}`,
    metadata: metadataOf(entry),
    actor: { user: userOf(entry), ...(entry.session === null ? {} : { session: { uid: entry.session } }) },
    src_endpoint: entry.source === null ? { name: entry.via } : { name: entry.source, svc_name: entry.via },
    ...classAttributes(activity, entry),
    unmapped: unmappedOf(entry),
  }
}

function statusOf({ outcome, error }: AuditEntry) {
  if (outcome === 'succeeded') return { status_id: 1, status: 'Success' }
  if (outcome === 'interrupted')
    return { status_id: 0, status: 'Unknown', status_detail: 'The outcome was never learned.' }
  return {
    status_id: 2,
    status: 'Failure',
    ...(error === null ? {} : { status_code: error.code, status_detail: error.message }),
  }
}

const metadataOf = (entry: AuditEntry) => ({
  version: ocsfVersion,
  product: { name: 'Framework0 Operations Center', vendor_name: 'Framework0' },
  uid: entry.leafHash,
  sequence: entry.sequence,
  event_code: entry.operation,
  correlation_uid: entry.correlationId,
  log_name: 'audit',
  original_time: entry.at,
})

const userOf = ({ subject, actor }: AuditEntry) => ({ uid: subject, ...(actor === null ? {} : { name: actor }) })

function classAttributes(activity: Activity, entry: AuditEntry) {
  if (activity.class === 3002)
    return {
      user: userOf(entry),
      service: { name: 'Framework0 Operations Center' },
      is_remote: entry.via === 'browser',
    }
  if (activity.class === 3001) return { user: targetUser(entry) }
  return {
    api: {
      operation: entry.operation,
      service: { name: entry.operation.split('.')[0] ?? entry.operation },
      request: { uid: entry.correlationId },
      ...(entry.error === null ? {} : { response: { error: entry.error.code, error_message: entry.error.message } }),
    },
    resources: entry.targets.map((uid) => ({ uid, role_id: 1, role: 'Target' })),
  }
}

/** The account that was changed: what the entry names first, else whoever did it to themselves. */
const targetUser = (entry: AuditEntry) => (entry.targets[0] === undefined ? userOf(entry) : { uid: entry.targets[0] })

const unmappedOf = ({
  environments,
  targets,
  before,
  after,
  policies,
  approval,
  leafHash,
  pruned,
  via,
}: AuditEntry) => ({
  via,
  environments,
  targets,
  before,
  after,
  policies,
  approval,
  leafHash,
  pruned,
})
