import type { Endpoint } from '#main/engines/http/endpoint.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { otlpTarget } from './otlp.ts'
import { type ForwarderSettings, trustOf } from './settings.ts'
import { syslogTarget } from './syslog.ts'
import type { Target } from './target.ts'
import { webhookTarget } from './webhook.ts'

type Self = {
  readonly clock: Clock
  /** Name of this workspace, in OTLP and CloudEvents: tells apart entries of several. */
  readonly instance: string
  readonly hostname: string
}

/** The target that settings describe. @throws AppError `invalid` for certificates that cannot be read. */
export const targetOf =
  ({ clock, instance, hostname }: Self) =>
  (settings: ForwarderSettings, secret: string | null): Target => {
    const tls = trustOf(settings, secret)
    if (settings.kind === 'syslog') return syslogTarget({ ...settings, tls }, hostname)
    const endpoint: Endpoint = { name: settings.name, url: settings.url, auth: { kind: 'none' }, tls }
    if (settings.kind === 'webhook') return webhookTarget(endpoint, secret, instance, clock)
    const { headerName } = settings
    if (headerName === null) return otlpTarget(endpoint, instance, clock)
    return otlpTarget({ ...endpoint, auth: { kind: 'header', name: headerName, value: secret ?? '' } }, instance, clock)
  }
