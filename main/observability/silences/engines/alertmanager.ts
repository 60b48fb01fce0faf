import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { createAlertmanager } from '#main/engines/prometheus/alertmanager.ts'
import type { SilenceDraft, SilenceEngine } from '../engine.ts'

/** Silences of an Alertmanager (API v2). */
export function createAlertmanagerSilences(endpoint: Endpoint): SilenceEngine {
  const client = createAlertmanager(endpoint)
  const body = ({ matchers, ...draft }: SilenceDraft) => ({ ...draft, matchers: [...matchers] })
  return {
    async find(id, signal) {
      const { matchers, startsAt, endsAt, comment, createdBy } = await client.silence(id, signal)
      return {
        matchers: matchers.map((matcher) => ({ ...matcher, isEqual: matcher.isEqual ?? true })),
        startsAt,
        endsAt,
        comment,
        createdBy,
      }
    },
    create: (draft, signal) => client.createSilence(body(draft), signal),
    edit: (id, draft, signal) => client.createSilence({ id, ...body(draft) }, signal),
    expire: (id, signal) => client.expireSilence(id, signal),
    close: () => client.close(),
  }
}
