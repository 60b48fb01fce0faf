import { stringify } from 'yaml'
import type { GatewayImport, GatewayImportInput } from '#preload/integration/gateway.ts'
import { consumerDocument } from '../definition/consumer-document.ts'
import { uncheckedOf } from '../definition/definition.ts'
import type { OpenApiDocument } from './document.ts'
import { many } from './left-out.ts'

type Finding = GatewayImport['findings'][number]
type Written = { readonly text: string | null; readonly findings: readonly Finding[] }

/** The APIDefinition of an import, with what of the document is not checked; no text where nothing asks for one. */
export function definitionText(
  { name, validate, portal }: GatewayImportInput,
  whole: OpenApiDocument,
  { basePath, paths, room }: { basePath: string; paths: readonly string[]; room: number },
): Written {
  const routed = { ...whole, paths: Object.fromEntries(paths.map((path) => [path, whole.paths[path]])) }
  const kinds = uncheckedOf(routed)
  const asks = kinds !== null
  if (!asks && portal === undefined) return { text: null, findings: [] }
  if (!validate && portal === undefined) return { text: null, findings: [unchecked] }
  const shown = portal === undefined ? withoutAnswers(consumerDocument(routed)) : consumerDocument(routed)
  const settings = [
    `  targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: ${name} }]\n`,
    basePath === '' ? '' : `  basePath: ${JSON.stringify(basePath)}\n`,
    validate ? '' : '  validate: false\n',
    portal === undefined ? '' : `  portal: { path: ${JSON.stringify(portal)} }\n`,
  ].join('')
  const text = `apiVersion: framework0.dev/v1
kind: APIDefinition
metadata: { name: ${name} }
spec:
${settings}  document:
${stringify(shown, { aliasDuplicateObjects: false, lineWidth: 0 }).replace(/^(?=.)/gm, '    ')}`
  if (text.length > room) return { text: null, findings: [tooLong] }
  return { text, findings: kinds === null ? [] : validate ? notChecked(kinds) : [unchecked] }
}

const unchecked: Finding = { path: 'paths', message: 'Parameters and bodies are not checked against their schemas.' }
const tooLong: Finding = {
  path: 'paths',
  message:
    'It is longer than a file can hold, so parameters and bodies are not checked, and there is no page about it. Split it by its paths for that.',
}

function notChecked(kinds: ReadonlyMap<string, readonly string[]>): Finding[] {
  const told = [...kinds].flatMap(([what, at]) =>
    many('paths', `There is no check of ${what}`, [...new Set(at.map(readable))]),
  )
  return [...told, { path: 'responses', message: 'Answers are not checked against their schemas.' }]
}

/** `POST /pets` for what stands in that operation. */
function readable(at: string): string {
  const [first, path = '', method = ''] = at.split('/')
  if (first !== 'paths') return at
  const plain = path.replaceAll('~1', '/').replaceAll('~0', '~')
  return method === 'parameters' || method === '' ? plain : `${method.toUpperCase()} ${plain}`
}

/** Nobody reads what the answers are like where nothing is shown. */
function withoutAnswers(document: Record<string, unknown>): Record<string, unknown> {
  const { info: _info, tags: _tags, ...rest } = document
  return { ...rest, paths: dropped(rest.paths) }
}

const dropped = (value: unknown): unknown =>
  Object.fromEntries(
    Object.entries(Object(value)).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries(Object(item)).map(([key, each]) => [key, withoutResponses(each)])),
    ]),
  )

function withoutResponses(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'responses'))
}
