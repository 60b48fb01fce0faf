import { z } from 'zod'
import { createHttpClient } from '#main/engines/http/client.ts'
import { type Endpoint, secretsOf } from '#main/engines/http/endpoint.ts'
import { statusFailure } from '#main/engines/http/status.ts'
import { AppError } from '#preload/contract/error.ts'
import { refusalOf } from './refusal.ts'

const about = z.object({
  version: z.string().max(100),
  configuration: z.object({ database: z.string().optional(), role: z.string().optional() }),
})
const status = z.object({ configuration_hash: z.string().min(1).max(100) })
const page = z.object({ data: z.array(z.unknown()), offset: z.string().nullish() })

/** What a Kong without any configuration reports (constants.lua, DECLARATIVE_EMPTY_CONFIG_HASH). */
export const emptyHash = '0'.repeat(32)
const timeoutMs = 10_000
const pageSize = 1_000
const pagesAtMost = 100

export type Loaded =
  | { readonly kind: 'taken' }
  /** It had it already. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It still takes up what it was given before. */
  | { readonly kind: 'busy' }

export type KongAdmin = ReturnType<typeof openKongAdmin>

/** The Admin API of a Kong (kong-admin-api, 3.x): what it is, which configuration it has, and giving it another one. */
export function openKongAdmin(endpoint: Endpoint) {
  const client = createHttpClient(endpoint, { timeoutMs })
  const { name } = endpoint

  const count = async (kind: string, signal?: AbortSignal): Promise<number> => {
    let total = 0
    let offset: string | undefined
    for (let pages = 0; pages < pagesAtMost; pages++) {
      const { data, offset: next } = await client.json(page, kind, { query: { size: pageSize, offset }, signal })
      total += data.length
      if (!next) break
      offset = next
    }
    return total
  }

  return {
    /** Its version. @throws AppError `unsupported` for one that takes no configuration as a whole. */
    async version(signal?: AbortSignal): Promise<string> {
      const { version, configuration } = await client.json(about, '/', { signal })
      if (configuration.role === 'data_plane')
        throw new AppError('unsupported', `${name} takes its configuration from its control plane.`, {
          hint: 'Nothing else can be given to it. Change what is there.',
        })
      if (configuration.database === 'off') return version
      throw new AppError('unsupported', `${name} keeps its configuration in a database, where others may write it.`, {
        hint: 'Only a Kong with “database = off” is driven from here. For this one, export the file and apply it with decK.',
      })
    },

    /** Of the configuration that it has; `emptyHash` for none. */
    hash: async (signal?: AbortSignal): Promise<string> =>
      (await client.json(status, '/status', { signal })).configuration_hash,

    async counts(signal?: AbortSignal) {
      const [services, routes, consumers, plugins] = await Promise.all([
        count('/services', signal),
        count('/routes', signal),
        count('/consumers', signal),
        count('/plugins', signal),
      ])
      return { services, routes, consumers, plugins }
    },

    /** Replaces the whole configuration; one that it has already is not taken up again. May be repeated. */
    async load(config: string, signal?: AbortSignal): Promise<Loaded> {
      const query = { check_hash: 1, flatten_errors: 1 }
      const answer = await client.answer('/config', { method: 'POST', query, body: { config }, signal })
      if (answer.status === 201) return { kind: 'taken' }
      if (answer.status === 304) return { kind: 'same' }
      if (answer.status === 429) return { kind: 'busy' }
      if (answer.status === 400 || answer.status === 413)
        return { kind: 'refused', reason: refusalOf(answer.body, secretsOf(endpoint)) }
      throw statusFailure(endpoint, answer)
    },
    close: (): Promise<void> => client.close(),
  }
}
