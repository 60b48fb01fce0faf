import { z } from 'zod'
import { AppError } from '#preload/contract/error.ts'
import { createHttpClient, type HttpClientOptions } from '../http/client.ts'
import { type Endpoint, pathSegment, secretsOf } from '../http/endpoint.ts'
import { checkEach } from '../http/json.ts'
import { serverText } from '../http/server-text.ts'
import type { Answer } from '../http/status.ts'
import type { Product } from '../http/walk.ts'
import {
  type AlertGroup,
  type AlertmanagerAlert,
  type AlertmanagerSilence,
  type AlertmanagerStatus,
  alert,
  alertGroup,
  created,
  receivers,
  type SilenceMatcher,
  silence,
  status,
} from './alertmanager-answers.ts'
import { identifyAlertmanager } from './identify.ts'

/** Which alerts; Alertmanager takes every one that is not switched off. Filters are matchers such as `team="sre"`. */
export type AlertFilter = {
  readonly active?: boolean
  readonly silenced?: boolean
  readonly inhibited?: boolean
  readonly unprocessed?: boolean
  readonly filter?: readonly string[]
  /** A regular expression. */
  readonly receiver?: string
}

/** With `id`, that silence is changed. Times are RFC 3339. */
export type PostableSilence = {
  readonly id?: string
  readonly matchers: readonly SilenceMatcher[]
  readonly startsAt: string
  readonly endsAt: string
  readonly createdBy: string
  readonly comment: string
}

export type Alertmanager = {
  status(signal?: AbortSignal): Promise<AlertmanagerStatus>
  alerts(filter?: AlertFilter, signal?: AbortSignal): Promise<readonly AlertmanagerAlert[]>
  alertGroups(filter?: Omit<AlertFilter, 'unprocessed'>, signal?: AbortSignal): Promise<readonly AlertGroup[]>
  /** Also those that have expired, as long as it keeps them. */
  silences(signal?: AbortSignal): Promise<readonly AlertmanagerSilence[]>
  /** Throws `not_found`. */
  silence(id: string, signal?: AbortSignal): Promise<AlertmanagerSilence>
  /** The id from now on: Alertmanager replaces a silence whose change would alter what it has covered. */
  createSilence(silence: PostableSilence, signal?: AbortSignal): Promise<string>
  /** Throws `not_found`. */
  expireSilence(id: string, signal?: AbortSignal): Promise<void>
  receivers(signal?: AbortSignal): Promise<readonly string[]>
  identify(signal?: AbortSignal): Promise<Product>
  close(): Promise<void>
}

/** A client of the Alertmanager API v2. */
export function createAlertmanager(endpoint: Endpoint, options: HttpClientOptions = {}): Alertmanager {
  const client = createHttpClient(endpoint, options)
  const { name } = endpoint
  const explain = (answer: Answer) => explainBadRequest(endpoint, answer)
  const explainSilence = (answer: Answer) => explainMissing(endpoint, answer) ?? explain(answer)
  const silencePath = (id: string) => `/api/v2/silence/${pathSegment(id)}`
  const list = async <T>(schema: z.ZodType<T>, path: string, filter: AlertFilter, signal: AbortSignal | undefined) => {
    const items = await client.json(z.array(z.unknown()), path, { query: filter, signal, explain })
    return checkEach(name, schema, items, { signal })
  }

  return {
    status: (signal) => client.json(status, '/api/v2/status', { signal }),
    alerts: (filter = {}, signal) => list(alert, '/api/v2/alerts', filter, signal),
    alertGroups: (filter = {}, signal) => list(alertGroup, '/api/v2/alerts/groups', filter, signal),
    silences: (signal) => list(silence, '/api/v2/silences', {}, signal),
    silence: (id, signal) => client.json(silence, silencePath(id), { signal, explain: explainSilence }),
    createSilence: async (body, signal) => {
      const request = { method: 'POST', body, signal, explain: explainSilence } as const
      return (await client.json(created, '/api/v2/silences', request)).silenceID
    },
    expireSilence: async (id, signal) => {
      await client.text(silencePath(id), { method: 'DELETE', signal, explain: explainSilence })
    },
    receivers: async (signal) => (await client.json(receivers, '/api/v2/receivers', { signal })).map((one) => one.name),
    identify: (signal) => identifyAlertmanager(client, signal),
    close: client.close,
  }
}

function explainBadRequest(endpoint: Endpoint, answer: Answer): AppError | null {
  if (answer.status !== 400) return null
  const said = serverText(answer.body, secretsOf(endpoint))
  return new AppError('invalid', `${endpoint.name} says: ${said}`, {
    hint: 'Correct the matchers, the times or the text.',
  })
}

/** Up to 0.25 at least, ending a silence that does not exist is answered with 500. */
function explainMissing(endpoint: Endpoint, answer: Answer): AppError | null {
  const missing = answer.status === 404 || (answer.status === 500 && answer.body.includes('silence not found'))
  if (!missing) return null
  return new AppError('not_found', `${endpoint.name} has no such silence.`, {
    hint: 'It may have been replaced by a change, or removed after it expired.',
  })
}
