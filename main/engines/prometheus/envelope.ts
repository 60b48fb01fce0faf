import { z } from 'zod'
import { AppError, type ErrorCode } from '#preload/contract/error.ts'
import { type Endpoint, secretsOf } from '../http/endpoint.ts'
import { serverText } from '../http/server-text.ts'
import type { Answer } from '../http/status.ts'

/** The frame around every successful answer of the Prometheus HTTP API v1. */
export const envelope = <T extends z.ZodType>(data: T) =>
  z.object({
    status: z.literal('success'),
    data,
    warnings: z.array(z.string()).optional(),
    infos: z.array(z.string()).optional(),
  })

const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

const codes: Readonly<Record<string, { readonly code: ErrorCode; readonly hint: string }>> = {
  bad_data: { code: 'invalid', hint: 'Correct the expression or the parameters.' },
  execution: { code: 'refused', hint: 'The expression is well-formed, but cannot be evaluated on this data.' },
  timeout: {
    code: 'timeout',
    hint: 'Ask for a shorter time or a larger step, or raise the query timeout of the server.',
  },
  canceled: { code: 'cancelled', hint: 'The server cancelled the query; it may be shutting down.' },
  not_found: { code: 'not_found', hint: 'The server does not have what was asked for.' },
  unavailable: { code: 'unreachable', hint: 'It may be starting: try again shortly.' },
}

/** What an error envelope says, as an AppError; null if the answer is not one. `query` locates a syntax error. */
export function explainFailure(endpoint: Endpoint, answer: Answer, query = ''): AppError | null {
  const result = failure.safeParse(jsonOrNull(answer.body))
  if (!result.success) return null
  const { errorType, error } = result.data
  const known = codes[errorType] ?? { code: 'refused' as const, hint: 'Look at the log of the server.' }
  const said = serverText(JSON.stringify({ error }), secretsOf(endpoint))
  return new AppError(known.code, `${endpoint.name} says: ${said}`, { hint: known.hint, at: offsetIn(query, error) })
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** `2:5: parse error` as an offset into the query. Lines and columns count from one. */
function offsetIn(query: string, error: string): string | undefined {
  const [, line, column] = /\b(\d+):(\d+): parse error/.exec(error) ?? []
  if (line === undefined || column === undefined) return undefined
  const before = query.split('\n').slice(0, Number(line) - 1)
  return String(before.reduce((sum, text) => sum + text.length + 1, 0) + Number(column) - 1)
}
