import type { OpenApiDocument } from '../openapi/document.ts'
import { type BodyRules, type OperationRules, operationRules, type ParameterRules } from './operations.ts'
import { createPathTemplates } from './path-templates.ts'
import { createSchemas, type Notes } from './schemas.ts'
import { createValidators, type Validator } from './validators.ts'

export type ParameterCheck = Omit<ParameterRules, 'schema'> & { readonly validate: Validator }
export type BodyCheck = {
  readonly required: boolean
  readonly types: readonly { readonly range: string; readonly validate: Validator | null }[]
}
export type OperationCheck = { readonly parameters: readonly ParameterCheck[]; readonly body: BodyCheck | null }
/** What a document asks of a request; null where it asks nothing, or does not know it. */
export type Definition = (method: string, path: string) => FoundOperation | null
export type FoundOperation = { readonly check: OperationCheck; readonly values: ReadonlyMap<string, string> }

type Note = { readonly at: string; readonly message: string }
export type Compiled = {
  readonly definition: Definition
  /** Why the document is refused, and where in it. */
  readonly problems: readonly Note[]
  /** What of it is not checked, by what it is. */
  readonly unchecked: ReadonlyMap<string, readonly string[]>
}

const problemsAtMost = 50

/** Compiles what an OpenAPI 3 document says of requests. `basePath` stands before each of its paths. */
export function compileDefinition(document: OpenApiDocument, basePath: string): Compiled {
  const { notes, problems, unchecked } = createNotes()
  const found = compileOperations(document, notes)
  const paths = new Map<string, Map<string, OperationCheck>>()
  for (const [{ path, method }, check] of found) {
    const methods = paths.get(basePath + path) ?? new Map<string, OperationCheck>()
    paths.set(basePath + path, methods.set(method, check))
  }
  const templates = createPathTemplates(paths)
  const definition: Definition = (method, path) => {
    const at = templates(path)
    const check = at?.target.get(method)
    return check && at ? { check, values: at.values } : null
  }
  return { definition, problems, unchecked }
}

function compileOperations(document: OpenApiDocument, notes: Notes): [OperationRules, OperationCheck][] {
  try {
    const schemas = createSchemas(document, notes)
    const rules = operationRules({ document, schemas, notes }).filter(asksSomething)
    const validator = createValidators(schemas, notes)
    return rules.map((each) => [each, checkOf(each, validator)])
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    notes.problem('', 'Its references lead too deep.')
    return []
  }
}

const asksSomething = ({ parameters, body }: OperationRules): boolean => parameters.length > 0 || body !== null

function checkOf({ parameters, body }: OperationRules, validator: (name: string) => Validator): OperationCheck {
  const bodyCheck = ({ required, types }: BodyRules): BodyCheck => ({
    required,
    types: types.map(({ range, schema }) => ({ range, validate: schema === null ? null : validator(schema) })),
  })
  return {
    parameters: parameters.map(({ schema, ...rest }) => ({ ...rest, validate: validator(schema) })),
    body: body && bodyCheck(body),
  }
}

/** What of a document is not checked, without compiling it; null where it asks nothing of its requests. */
export function uncheckedOf(document: OpenApiDocument): Compiled['unchecked'] | null {
  const { notes, unchecked } = createNotes()
  const rules = operationRules({ document, schemas: createSchemas(document, notes), notes })
  return rules.some(asksSomething) ? unchecked : null
}

function createNotes() {
  const problems: Note[] = []
  const unchecked = new Map<string, string[]>()
  const plain = (at: string): string => at.replace(/^#\//, '')
  const notes: Notes = {
    problem: (at, message) => {
      if (problems.length < problemsAtMost) problems.push({ at: plain(at), message })
    },
    unchecked: (at, what) => void unchecked.set(what, [...(unchecked.get(what) ?? []), plain(at)]),
  }
  return { notes, problems, unchecked }
}
