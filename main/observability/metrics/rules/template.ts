import type { Labels } from '../sample.ts'
import { fixed, scientific, shortest, significant } from './go-number.ts'
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp } from './humanize.ts'

type Value = string | number | Labels
export type TemplateData = { readonly labels: Labels; readonly value: number }

/**
 * Expands the part of Go's text/template that alerting rules commonly use: `$labels.x`, `.Labels.x`, `$value`, `.Value`,
 * literals, `index`, pipelines, and the functions below. Whatever else stands between braces, conditions and queries
 * included, is replaced by a text that says so; it never throws, so that an alert is never lost to its wording.
 */
export function expandTemplate(text: string, data: TemplateData): string {
  return text.replace(
    /(\s*)\{\{(-\s)?((?:"(?:\\.|[^"\\])*"|`[^`]*`|[^"`])*?)(\s-)?\}\}(\s*)/g,
    (_, before: string, trimBefore: string | undefined, body: string, trimAfter: string | undefined, after: string) =>
      (trimBefore === undefined ? before : '') + expanded(body.trim(), data) + (trimAfter === undefined ? after : ''),
  )
}

function expanded(body: string, data: TemplateData): string {
  if (body.startsWith('/*')) return ''
  try {
    return printed(pipeline(body, data))
  } catch (error) {
    return `<error expanding template {{ ${body} }}: ${error instanceof Error ? error.message : 'unknown'}>`
  }
}

function pipeline(body: string, data: TemplateData): Value {
  const stages = commands(tokens(body))
  return stages.reduce<Value | undefined>((piped, stage) => run(stage, piped, data), undefined) ?? ''
}

function tokens(body: string): readonly string[] {
  const found = body.match(/"(?:\\.|[^"\\])*"|`[^`]*`|\||[^\s|"`]+/g)
  if (found === null) throw new Error('nothing to print')
  return found
}

function commands(list: readonly string[]): readonly (readonly string[])[] {
  const stages: string[][] = [[]]
  for (const token of list) {
    if (token === '|') stages.push([])
    else stages.at(-1)?.push(token)
  }
  return stages
}

function run(stage: readonly string[], piped: Value | undefined, data: TemplateData): Value {
  const [head, ...rest] = stage
  if (head === undefined) throw new Error('a pipeline stage is empty')
  const command = functions.get(head)
  if (command !== undefined) {
    const args = rest.map((token) => operand(token, data))
    return command(piped === undefined ? args : [...args, piped])
  }
  if (rest.length > 0 || piped !== undefined) throw new Error(`"${head}" is not a supported function`)
  return operand(head, data)
}

function operand(token: string, data: TemplateData): Value {
  if (token === '$value' || token === '.Value') return data.value
  if (token === '$labels' || token === '.Labels') return data.labels
  const label = /^(?:\$labels|\.Labels)\.([A-Za-z_]\w*)$/.exec(token)?.[1]
  if (label !== undefined) return data.labels[label] ?? ''
  if (token.startsWith('"')) return JSON.parse(token) as string
  if (token.startsWith('`')) return token.slice(1, -1)
  if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token)
  throw new Error(`"${token}" is not supported`)
}

const functions: ReadonlyMap<string, (args: readonly Value[]) => Value> = new Map([
  ...Object.entries({ humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp }).map(numeric),
  ['printf', (args: readonly Value[]) => printf(args)],
  ['print', (args: readonly Value[]) => args.map(printed).join('')],
  ['index', ([labels, name]: readonly Value[]) => (isLabels(labels) ? (labels[String(name)] ?? '') : '')],
  ['title', ([text]: readonly Value[]) => String(text).replace(/\b\p{Ll}/gu, (letter) => letter.toUpperCase())],
  ['toUpper', ([text]: readonly Value[]) => String(text).toUpperCase()],
  ['toLower', ([text]: readonly Value[]) => String(text).toLowerCase()],
] as [string, (args: readonly Value[]) => Value][])

function numeric([name, show]: [string, (value: number) => string]): [string, (args: readonly Value[]) => string] {
  return [
    name,
    ([value]) => {
      const parsed = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
      if (value === undefined || value === '' || (Number.isNaN(parsed) && value !== 'NaN' && typeof value !== 'number'))
        throw new Error(`${name} needs a number`)
      return show(parsed)
    },
  ]
}

function printf([format, ...args]: readonly Value[]): string {
  if (typeof format !== 'string') throw new Error('printf needs a format')
  let next = 0
  return format.replace(
    /%(?:(%)|(\.\d+)?([a-zA-Z]))/g,
    (verb, percent, precision: string | undefined, kind: string) => {
      if (percent !== undefined) return '%'
      const arg = args[next++]
      if (arg === undefined) throw new Error(`printf has no argument for ${verb}`)
      return formatted(arg, kind, precision === undefined ? undefined : Number(precision.slice(1)))
    },
  )
}

function formatted(arg: Value, kind: string, precision: number | undefined): string {
  if (kind === 's' || kind === 'v') return printed(arg)
  if (kind === 'q') return JSON.stringify(printed(arg))
  if (typeof arg !== 'number') throw new Error(`%${kind} needs a number`)
  if (kind === 'f') return fixed(arg, precision ?? 6)
  if (kind === 'g') return precision === undefined ? shortest(arg) : significant(arg, precision)
  if (kind === 'e') return scientific(arg, precision ?? 6)
  throw new Error(`%${kind} is not supported`)
}

const isLabels = (value: Value | undefined): value is Labels => typeof value === 'object'

function printed(value: Value): string {
  if (typeof value === 'number') return shortest(value)
  if (typeof value === 'string') return value
  return `map[${Object.entries(value)
    .map(([name, text]) => `${name}:${text}`)
    .join(' ')}]`
}
