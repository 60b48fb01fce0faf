import { z } from 'zod'
import type { Contract, Operation } from '#preload/contract/define.ts'
import { AppError } from '#preload/contract/error.ts'

type Contracts = Readonly<Record<string, Contract>>
type JsonSchema = {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly default?: unknown
  readonly format?: string
  readonly additionalProperties?: JsonSchema | boolean
}

/** Documentation of everything, of a capability (`alerts`) or of an operation (`alerts.list`), from the schemas. */
export function help(contracts: Contracts, topic: string | null): string {
  if (topic === null) return overview(contracts)
  const [capability = '', operation] = topic.split('.')
  const contract = contracts[capability]
  if (!contract)
    throw new AppError('invalid', `There is no capability ${capability}.`, {
      hint: `One of: ${Object.keys(contracts).join(', ')}.`,
    })
  if (operation === undefined) return capabilityHelp(contract)
  const found = contract.operations[operation]
  if (!found)
    throw new AppError('invalid', `There is no operation ${topic}.`, { hint: `Run: framework0 help ${capability}` })
  return operationHelp(topic, found)
}

function overview(contracts: Contracts): string {
  return [
    'framework0 <operation> [field=value …] [--json \'{"field": …}\'] [--data DIR] [--read-only]',
    '',
    'Calls a query or command of the operations center, or prints the items of a stream as JSON lines.',
    'It talks to the running application of the data folder, or opens the workspace itself.',
    '  --json ['.concat("'{…}'|-]   the input as JSON (- reads standard input), and output and errors as JSON"),
    '  --data DIR           the data folder (or FRAMEWORK0_DATA)',
    '  --output FILE        where the bytes of a stream go (standard output otherwise; progress goes to standard error)',
    '  --read-only          refuse commands',
    'Exit codes: 0 ok, 2 bad input, 3 forbidden or not signed in, 4 unreachable, 1 anything else.',
    '',
    'framework0 open                 prints a link that opens the running application in a browser',
    'framework0 sign-in [--provider NAME]   signs in where the workspace asks for it; sign-out ends that',
    'framework0 recover-admin --reason "…"  for who lost the last administrator: makes you one for an hour',
    'framework0 help <capability>    its operations; help <capability>.<operation>, their fields',
    '',
    ...Object.values(contracts).map((contract) => `  ${contract.capability.padEnd(12)} ${contract.summary}`),
  ].join('\n')
}

function capabilityHelp(contract: Contract): string {
  const width =
    Math.max(...Object.keys(contract.operations).map((name) => name.length)) + contract.capability.length + 1
  return [
    `${contract.capability} (${contract.area}): ${contract.summary}`,
    '',
    ...Object.entries(contract.operations).map(
      ([name, operation]) =>
        `  ${`${contract.capability}.${name}`.padEnd(width)}  ${operation.kind.padEnd(7)}  ${operation.summary}`,
    ),
  ].join('\n')
}

function operationHelp(name: string, operation: Operation): string {
  const { input, output } = operation
  return [
    `${name} (${operation.kind}): ${operation.summary}`,
    '',
    'Input',
    ...fields(schemaOf(input, 'input')),
    '',
    operation.kind === 'stream' ? 'Each item' : 'Output',
    ...fields(schemaOf(output, 'output')),
  ].join('\n')
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as JsonSchema

function fields(schema: JsonSchema, indent = '  '): string[] {
  const object = schema.type === 'array' ? schema.items : schema
  const entries = Object.entries(object?.properties ?? {})
  if (entries.length === 0) return [`${indent}${schema.properties ? 'nothing' : describe(schema)}`]
  const lines = entries.flatMap(([name, field]) => {
    const optional = !object?.required?.includes(name)
    const fallback = field.default === undefined ? '' : `, default ${JSON.stringify(field.default)}`
    const line = `${indent}${name}${optional ? '?' : ''}: ${describe(field)}${fallback}`
    const nested = field.type === 'array' ? field.items : field
    return nested?.properties ? [line, ...fields(nested, `${indent}  `)] : [line]
  })
  return schema.type === 'array' ? [`${indent}a list of:`, ...lines] : lines
}

function describe(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const options = schema.anyOf ?? schema.oneOf
  if (options) return [...new Set(options.map(inline))].join(' | ')
  if (schema.type === 'array') return `list of ${schema.items ? describe(schema.items) : 'anything'}`
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `map to ${describe(schema.additionalProperties)}`
  if (schema.format === 'date-time') return 'instant (ISO 8601, UTC)'
  if (typeof schema.type === 'string') return schema.type
  return schema.type ? schema.type.join(' | ') : 'anything'
}

/** One branch of a choice, on one line: its fields are what tells the branches apart. */
function inline(schema: JsonSchema): string {
  const entries = Object.entries(schema.properties ?? {})
  if (entries.length === 0) return describe(schema)
  const members = entries.map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : '?'
    return `${name}${optional}: ${describe(field)}`
  })
  return `{ ${members.join(', ')} }`
}
