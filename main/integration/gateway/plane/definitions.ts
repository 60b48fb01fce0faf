import { type Compiled, compileDefinition } from '../definition/definition.ts'
import { openApiDocument } from '../openapi/document.ts'
import type { DefinitionConfig } from './config.ts'

/** Compiling takes longer than a request may, and most changes of a configuration leave definitions as they are. */
const kept = new Map<string, Compiled>()
const keptAtMost = 64

/** A definition, compiled when it is asked for the first time. */
export function compiledDefinition({
  basePath = '',
  document,
}: Pick<DefinitionConfig, 'basePath' | 'document'>): Compiled {
  const key = `${basePath}\n${document}`
  const known = kept.get(key)
  const compiled = known ?? compile(document, basePath)
  kept.delete(key)
  kept.set(key, compiled)
  for (const oldest of kept.keys()) {
    if (kept.size <= keptAtMost) break
    kept.delete(oldest)
  }
  return compiled
}

function compile(text: string, basePath: string): Compiled {
  const read = openApiDocument.safeParse(parsed(text))
  if (read.success) return compileDefinition(read.data, basePath)
  const [issue] = read.error.issues
  const problem = { at: issue?.path.join('/') ?? '', message: issue?.message ?? 'It is no OpenAPI document.' }
  return { definition: () => null, problems: [problem], unchecked: new Map() }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
