import { z } from 'zod'

const referencesAtMost = 10

const server = z.looseObject({ url: z.string() })
export const openApiDocument = z.looseObject({
  openapi: z.string(),
  servers: z.array(server).default([]),
  security: z.array(z.unknown()).default([]),
  paths: z.record(z.string(), z.unknown()).default({}),
  webhooks: z.record(z.string(), z.unknown()).default({}),
  components: z.looseObject({ securitySchemes: z.record(z.string(), z.unknown()).default({}) }).prefault({}),
})
/** What of an OpenAPI 3 document says where requests go. Everything else of it stays unread. */
export type OpenApiDocument = z.output<typeof openApiDocument>

const operation = z.looseObject({
  servers: z.array(z.unknown()).default([]),
  security: z.array(z.unknown()).default([]),
  parameters: z.array(z.unknown()).default([]),
  requestBody: z.unknown().optional(),
  callbacks: z.record(z.string(), z.unknown()).default({}),
})
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const
type Method = (typeof methods)[number]
const pathItem = z.looseObject({
  servers: z.array(z.unknown()).default([]),
  parameters: z.array(z.unknown()).default([]),
  additionalOperations: z.record(z.string(), z.unknown()).default({}),
  ...(Object.fromEntries(methods.map((method) => [method, operation.optional()])) as Record<
    Method,
    z.ZodOptional<typeof operation>
  >),
})
export type PathItem = z.output<typeof pathItem>
export type Operation = z.output<typeof operation>

export const operationsOf = (item: PathItem): [method: string, operation: Operation][] =>
  methods.flatMap((method) => {
    const found = item[method]
    return found === undefined ? [] : [[method.toUpperCase(), found] as [string, Operation]]
  })

type Item = { readonly item: PathItem } | { readonly problem: string }

/** A path item, through references within this document. Nothing outside of it is ever read. */
export function pathItemOf(whole: OpenApiDocument, value: unknown, depth = 0): Item {
  const reference = z.object({ $ref: z.string() }).safeParse(value)
  if (!reference.success) {
    const read = pathItem.safeParse(value)
    if (read.success) return { item: read.data }
    const [issue] = read.error.issues
    return { problem: `It was left out. ${issue?.path.join('.')}: ${issue?.message}` }
  }
  const { $ref } = reference.data
  if (!$ref.startsWith('#/')) return { problem: `It was left out: it stands in another document, ${$ref}.` }
  if (depth >= referencesAtMost) return { problem: 'It was left out: its reference leads in a circle.' }
  const target = pointed(whole, $ref)
  return target === undefined
    ? { problem: `It was left out: there is no ${$ref}.` }
    : pathItemOf(whole, target, depth + 1)
}

/** What a JSON Pointer (RFC 6901) of a fragment leads to. */
export function pointed(whole: unknown, fragment: string): unknown {
  const tokens = fragment.slice(2).split('/')
  return tokens.reduce<unknown>((value, token) => {
    const key = unescaped(token)
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Record<string, unknown>)[key]
      : undefined
  }, whole)
}

function unescaped(token: string): string {
  const plain = token.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}
