import { type OpenApiDocument, operationsOf, pathItemOf, pointed } from '../openapi/document.ts'
import { isRecord, type Notes, type Schemas, step } from './schemas.ts'
import { type TextTypes, textTypesOf } from './text-types.ts'

export type ParameterRules = {
  readonly name: string
  readonly place: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly allowEmpty: boolean
  /** A list is one text with commas, or a field for each (`explode`). */
  readonly list: 'no' | 'commas' | 'fields'
  readonly types: TextTypes
  readonly itemTypes: TextTypes
  readonly schema: string
}
export type BodyRules = {
  readonly required: boolean
  /** In the order in which they are asked, the most specific first. `schema` is null where only the type is looked at. */
  readonly types: readonly { readonly range: string; readonly schema: string | null }[]
}
export type OperationRules = {
  readonly method: string
  readonly path: string
  readonly at: string
  readonly parameters: readonly ParameterRules[]
  readonly body: BodyRules | null
}
type Context = { readonly document: OpenApiDocument; readonly schemas: Schemas; readonly notes: Notes }
type Located = { readonly value: Readonly<Record<string, unknown>>; readonly at: string }

const referencesAtMost = 10
/** OpenAPI 3.1, “Parameter Object”: these are said elsewhere. */
const notParameters = new Set(['accept', 'content-type', 'authorization'])
const defaultStyles = { path: 'simple', header: 'simple', query: 'form' } as const

/** What every operation of a document asks of its requests. Paths that cannot be read are told by the import. */
export function operationRules(context: Context): OperationRules[] {
  const { document } = context
  return Object.entries(document.paths).flatMap(([path, value]) => {
    const read = path.startsWith('/') ? pathItemOf(document, value) : { problem: '' }
    if ('problem' in read) return []
    const { item } = read
    return operationsOf(item).map(([method, operation]) => {
      const at = `paths${step(path)}${step(method.toLowerCase())}`
      const own = parametersOf(context, operation.parameters, `${at}/parameters`)
      const shared = parametersOf(context, item.parameters, `paths${step(path)}/parameters`)
      const said = new Set(own.map(keyOf))
      const parameters = [...own, ...shared.filter((each) => !said.has(keyOf(each)))]
      return {
        ...{ method, path, at },
        parameters: parameters.flatMap((each) => parameterRules(context, each)),
        body: bodyRules(context, operation.requestBody, `${at}/requestBody`),
      }
    })
  })
}

/** Through references within the document; null where it leads nowhere, which is then told. */
function located({ document, notes }: Context, value: unknown, at: string): Located | null {
  let [found, place] = [value, at]
  for (let count = 0; count < referencesAtMost; count++) {
    if (!isRecord(found)) break
    const { $ref } = found
    if (typeof $ref !== 'string') return { value: found, at: place }
    if (!$ref.startsWith('#/')) {
      notes.unchecked(place, 'parts of other documents')
      return null
    }
    ;[found, place] = [pointed(document, $ref), $ref.slice(2)]
  }
  notes.problem(at, 'It leads to nothing that can be read.')
  return null
}

const parametersOf = (context: Context, values: readonly unknown[], at: string): Located[] =>
  values.map((each, index) => located(context, each, at + step(index))).filter((each) => each !== null)

const keyOf = ({ value }: Located): string => `${String(value.in)} ${String(value.name)}`

function parameterRules({ document, schemas, notes }: Context, { value, at }: Located): ParameterRules[] {
  const { name, in: place, schema, style, explode } = value
  if (typeof name !== 'string' || name === '') {
    notes.problem(at, 'A parameter has a name.')
    return []
  }
  if (place !== 'path' && place !== 'query' && place !== 'header') {
    notes.unchecked(at, `parameters in ${place === 'cookie' ? 'cookies' : `“${String(place).slice(0, 40)}”`}`)
    return []
  }
  if (place === 'header' && notParameters.has(name.toLowerCase())) return []
  if (schema === undefined) {
    if ('content' in value) notes.unchecked(at, 'parameters that hold a document of their own')
    return []
  }
  const { types, itemTypes } = textTypesOf(document, schema)
  const isList = types.has('array')
  if ((style !== undefined && style !== defaultStyles[place]) || types.has('object')) {
    notes.unchecked(
      at,
      types.has('object') ? 'parameters that are objects' : `the style “${String(style).slice(0, 40)}”`,
    )
    return []
  }
  return [
    {
      name: place === 'header' ? name.toLowerCase() : name,
      place,
      required: value.required === true || place === 'path',
      allowEmpty: value.allowEmptyValue === true,
      list: !isList ? 'no' : place === 'query' && explode !== false ? 'fields' : 'commas',
      ...{ types, itemTypes },
      schema: schemas.take(schema, `${at}/schema`),
    },
  ]
}

export const isJson = (type: string): boolean => /^(?:application|text)\/(?:[^;]+\+)?json$/.test(type)

function bodyRules(context: Context, given: unknown, at: string): BodyRules | null {
  const body = given === undefined ? null : located(context, given, at)
  if (body === null) return null
  const { content, required } = body.value
  const types = Object.entries(isRecord(content) ? content : {}).map(([type, media]) => {
    const range = type.split(';')[0]?.trim().toLowerCase() ?? ''
    const place = `${body.at}/content${step(type)}`
    const schema = isRecord(media) ? media.schema : undefined
    const checked = isJson(range) && schema !== undefined
    if (!checked && schema !== undefined) context.notes.unchecked(place, 'bodies that are no JSON')
    return { range, schema: checked ? context.schemas.take(schema, `${place}/schema`) : null }
  })
  return { required: required === true, types: types.toSorted((a, b) => wildness(a.range) - wildness(b.range)) }
}

const wildness = (range: string): number => (range === '*/*' ? 2 : range.endsWith('/*') ? 1 : 0)
