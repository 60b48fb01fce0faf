import { z } from 'zod'
import { cleanText } from '#main/engines/http/server-text.ts'

const said = z.object({
  message: z.string().optional(),
  flattened_errors: z
    .array(
      z.object({
        entity_type: z.string(),
        entity_name: z.string().optional(),
        errors: z.array(z.object({ field: z.string().optional(), message: z.string().optional() })).default([]),
      }),
    )
    .optional(),
})

const linesAtMost = 6

/**
 * Why a Kong refused a configuration, in its own words, a line for each thing that it refused (errors of the Admin API,
 * `flattened_errors`); bounded, without control characters and secrets.
 */
export function refusalOf(body: string, secrets: readonly string[]): string {
  const read = said.safeParse(jsonOf(body))
  if (!read.success) return cleanText(body, secrets) || 'It did not say why.'
  const { message, flattened_errors: flattened = [] } = read.data
  const all = flattened.flatMap(({ entity_type: type, entity_name: name, errors }) =>
    errors.map(({ field, message: why = 'is wrong' }) => {
      const what = name === undefined ? type : `${type} ${name}`
      return cleanText(`${field === undefined ? what : `${what}, ${field}`}: ${why}`, secrets)
    }),
  )
  const lines = [...new Set(all)]
  if (lines.length === 0) return cleanText(message ?? '', secrets) || 'It did not say why.'
  const more = lines.length - linesAtMost
  return [...lines.slice(0, linesAtMost), ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
