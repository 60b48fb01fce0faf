import { AppError } from '#preload/contract/error.ts'
import type { GatewayImport, GatewayImportInput } from '#preload/integration/gateway.ts'
import { definitionText } from './definition-text.ts'
import { type OpenApiDocument, operationsOf, type PathItem, pathItemOf } from './document.ts'
import { readOpenApi } from './document-text.ts'
import { leftOut } from './left-out.ts'
import { type PathPattern, pathPatterns } from './path-patterns.ts'
import { serverPath } from './server-path.ts'

type Finding = GatewayImport['findings'][number]
export type ImportedPath = { readonly path: string; readonly item: PathItem }

const pathAtMost = 1_024
const textAtMost = 200_000

/** Gateway API documents that route what an OpenAPI 3 document describes, and what of it they do not say. */
export function importOpenApi(input: GatewayImportInput): GatewayImport {
  const whole = readOpenApi(input.text)
  const { paths, findings } = pathsOf(whole)
  const base = serverPath(whole)
  const served = paths.map((each) => ({ ...each, path: `${base.path}${each.path}` }))
  const patterns = pathPatterns(served.map(({ path }) => path))
  const names = new Set<string>()
  const routes = served.flatMap(({ path, item }) => {
    const pattern = patterns.get(path)
    const methods = operationsOf(item).map(([method]) => method)
    return pattern ? [routeText(input, nameOf(path, names), pattern, methods)] : []
  })
  if (routes.length === 0)
    throw new AppError('invalid', 'This document describes no path that can be routed.', {
      ...{ at: 'text', hint: findings[0] ? `${findings[0].path}: ${findings[0].message}` : 'Add a path to it.' },
    })
  const text = [gatewayText(input), ...routes, backendText(input)].join('---\n')
  const room = textAtMost - text.length - 4
  if (text.length > textAtMost)
    throw new AppError('too_large', `It has ${routes.length} paths, more than a file can hold.`, {
      ...{ at: 'text', hint: 'Split it by its paths, and import each part.' },
    })
  const definition = definitionText(input, whole, {
    ...{ basePath: base.path, room },
    paths: paths.map(({ path }) => path),
  })
  return {
    text: definition.text === null ? text : `${text}---\n${definition.text}`,
    routes: routes.length,
    findings: [...findings, ...base.findings, ...leftOut(whole, paths), ...definition.findings],
  }
}

function pathsOf(whole: OpenApiDocument): { paths: ImportedPath[]; findings: Finding[] } {
  const findings: Finding[] = []
  const shapes = new Map<string, string>()
  const paths = Object.entries(whole.paths).flatMap(([path, value]): ImportedPath[] => {
    if (path.startsWith('x-')) return []
    const read = pathItemOf(whole, value)
    const problem = 'problem' in read ? read.problem : problemOf(path, read.item)
    if (problem !== null || 'problem' in read) {
      findings.push({ path, message: problem ?? '' })
      return []
    }
    const shape = path.replace(/\{[^{}]*\}/g, '{}')
    const same = shapes.get(shape)
    if (same !== undefined) findings.push({ path, message: `It means the same requests as ${same}, which gets them.` })
    shapes.set(shape, same ?? path)
    return same === undefined ? [{ path, item: read.item }] : []
  })
  return { paths, findings }
}

function problemOf(path: string, item: PathItem): string | null {
  if (!path.startsWith('/')) return 'It was left out: a path begins with /.'
  if (!path.isWellFormed()) return 'It was left out: it is no text.'
  if (/[?#]/.test(path)) return 'It was left out: a path has no ? and no #.'
  if (/[{}]/.test(path.replace(/\{[^{}/]+\}/g, ''))) return 'It was left out: its braces do not match.'
  if (path.length > pathAtMost / 4) return 'It was left out: it is too long.'
  return operationsOf(item).length === 0 ? 'It was left out: it has no operation.' : null
}

function nameOf(path: string, taken: Set<string>): string {
  const words = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 200)
  const name = words.replace(/^-+|-+$/g, '') || 'root'
  let unique = name
  for (let count = 2; taken.has(unique); count++) unique = `${name}-${count}`
  taken.add(unique)
  return unique
}

/** JSON is YAML: text from outside cannot end its place. */
const quoted = (text: string): string => JSON.stringify(text)

const gatewayText = ({ name, port }: GatewayImportInput): string => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name} }
spec:
  gatewayClassName: framework0
  listeners: [{ name: web, port: ${port}, protocol: HTTP }]
`

function routeText(
  { name, hostname }: GatewayImportInput,
  route: string,
  { kind, value }: PathPattern,
  methods: readonly string[],
): string {
  const matches = methods.map(
    (method) => `    - { method: ${method}, path: { type: ${kind}, value: ${quoted(value)} } }\n`,
  )
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${quoted(route)} }
spec:
  parentRefs: [{ name: ${name} }]
${hostname === undefined ? '' : `  hostnames: [${quoted(hostname)}]\n`}  rules:
  - matches:
${matches.join('')}    backendRefs: [{ name: ${name}, kind: Backend, group: framework0.dev }]
`
}

const backendText = ({ name, backends }: GatewayImportInput): string => `apiVersion: framework0.dev/v1
kind: Backend
metadata: { name: ${name} }
spec:
  endpoints:
${backends.map(({ host, port }) => `  - { host: ${quoted(host)}, port: ${port} }\n`).join('')}`
