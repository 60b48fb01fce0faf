import { parseDocument } from 'yaml'
import { AppError } from '#preload/contract/error.ts'
import { type OpenApiDocument, openApiDocument } from './document.ts'

const aliasesAtMost = 100

const refused = (message: string, hint: string): AppError => new AppError('invalid', message, { at: 'text', hint })

/** Reads YAML or JSON. @throws AppError `invalid` for what is no OpenAPI 3. */
export function readOpenApi(text: string): OpenApiDocument {
  const value = plainValue(text)
  if (typeof value !== 'object' || value === null) throw notOpenApi()
  if ('swagger' in value)
    throw refused('This is Swagger 2, not OpenAPI 3.', 'Convert it first; most editors of OpenAPI do.')
  if (!('openapi' in value)) throw notOpenApi()
  const read = openApiDocument.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    throw refused(`This is no OpenAPI 3 document. ${issue?.path.join('.')}: ${issue?.message}`, 'Correct it there.')
  }
  if (!/^3\.\d/.test(read.data.openapi))
    throw refused(`Version “${read.data.openapi.slice(0, 20)}” is not known.`, 'OpenAPI 3.0, 3.1 and 3.2 are.')
  return read.data
}

function plainValue(text: string): unknown {
  try {
    const parsed = parseDocument(text)
    const [error] = parsed.errors
    if (error) throw refused(`This is no YAML: ${error.message.split('\n')[0]}`, 'Correct it there.')
    return parsed.toJS({ maxAliasCount: aliasesAtMost })
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw refused('This text has too many aliases.', 'Write them out.')
  }
}

const notOpenApi = (): AppError =>
  refused('This is no OpenAPI document.', 'It begins with openapi: and a version, such as 3.1.0.')
