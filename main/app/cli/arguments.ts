import { AppError } from '#preload/contract/error.ts'

/** What a command line asks for. */
export type Request = {
  readonly command:
    | { readonly kind: 'help'; readonly topic: string | null }
    | { readonly kind: 'open' }
    | { readonly kind: 'sign-in'; readonly provider: string | null }
    | { readonly kind: 'sign-out' }
    | { readonly kind: 'recover-admin'; readonly reason: string }
    | { readonly kind: 'call'; readonly op: string; readonly input: unknown }
  readonly json: boolean
  readonly data: string | undefined
  readonly readOnly: boolean
  /** A file for the bytes of a stream; standard output where it is left out. */
  readonly output: string | undefined
}

const usage = 'Run: framework0 help'

/** Options that take a value, and what it is. */
const needs = {
  '--data': 'a folder',
  '--output': 'a file',
  '--provider': 'a name',
  '--reason': 'a sentence',
} as const

const isValued = (arg: string): arg is keyof typeof needs => Object.hasOwn(needs, arg)

/**
 * Reads `framework0 <operation> [--json '<input>' | -] [field=value …] [--data DIR] [--output FILE] [--read-only]`. `--json` also makes
 * the output JSON; `-` reads the input from standard input.
 *
 * @throws AppError `invalid`.
 */
export function readRequest(args: readonly string[], stdin: () => string): Request {
  const rest: string[] = []
  let json = false
  let readOnly = false
  let inputText: string | null = null
  const valued: Record<'data' | 'output' | 'provider' | 'reason', string | undefined> = {
    data: undefined,
    output: undefined,
    provider: undefined,
    reason: undefined,
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--json') {
      json = true
      const next = args[at + 1]
      if (next !== undefined && (next === '-' || /^\s*[{[]/.test(next))) {
        inputText = next === '-' ? stdin() : next
        at++
      }
    } else if (isValued(arg)) {
      const value = args[++at]
      if (!value) throw new AppError('invalid', `${arg} needs ${needs[arg]}.`, { hint: usage })
      valued[arg.slice(2) as keyof typeof valued] = value
    } else if (arg === '--read-only') readOnly = true
    else if (arg === '--help' || arg === '-h') rest.unshift('help')
    else if (arg.startsWith('--')) throw new AppError('invalid', `There is no option ${arg}.`, { hint: usage })
    else rest.push(arg)
  }
  const [first, ...more] = rest
  const common = { json, data: valued.data, readOnly, output: valued.output }
  if (first === undefined || first === 'help') return { ...common, command: { kind: 'help', topic: more[0] ?? null } }
  if (first === 'open') return { ...common, command: { kind: 'open' } }
  if (first === 'sign-in') return { ...common, command: { kind: 'sign-in', provider: valued.provider ?? null } }
  if (first === 'sign-out') return { ...common, command: { kind: 'sign-out' } }
  if (first === 'recover-admin') {
    const { reason } = valued
    if (!reason) throw new AppError('invalid', 'Say why: --reason "…". It goes into the audit log.', { hint: usage })
    return { ...common, command: { kind: 'recover-admin', reason } }
  }
  return { ...common, command: { kind: 'call', op: first, input: { ...parseInput(inputText), ...readFields(more) } } }
}

function parseInput(text: string | null): Record<string, unknown> {
  if (text === null || text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (cause) {
    throw new AppError('invalid', `The input after --json is not JSON: ${(cause as Error).message}.`, { hint: usage })
  }
  throw new AppError('invalid', 'The input after --json must be an object.', { hint: usage })
}

/** `name=value`; a value that reads as JSON is taken as that, anything else as text. */
function readFields(fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf('=')
      if (at < 1) throw new AppError('invalid', `“${field}” is not a field=value.`, { hint: usage })
      const text = field.slice(at + 1)
      try {
        return [field.slice(0, at), JSON.parse(text)]
      } catch {
        return [field.slice(0, at), text]
      }
    }),
  )
}
