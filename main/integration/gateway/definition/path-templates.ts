/** Paths with `{parameters}`, asked for the one that a request means. */
export type PathTemplates<T> = (
  path: string,
) => { readonly target: T; readonly values: ReadonlyMap<string, string> } | null

type Segment = { readonly literals: readonly string[]; readonly names: readonly string[] }
type Template<T> = { readonly segments: readonly Segment[]; readonly target: T }

/**
 * A literal path is found before a template, and of two templates the one whose first different segment is more literal,
 * as the routes of an import are (see `pathPatterns`). Values are as they stand in the path, still encoded.
 */
export function createPathTemplates<T>(paths: ReadonlyMap<string, T>): PathTemplates<T> {
  const exact = new Map<string, T>()
  const bySize = new Map<number, Template<T>[]>()
  for (const [path, target] of paths) {
    const segments = path.split('/').map(segmentOf)
    if (segments.every(({ names }) => names.length === 0)) exact.set(encoded(path), target)
    else bySize.set(segments.length, [...(bySize.get(segments.length) ?? []), { segments, target }])
  }
  for (const templates of bySize.values()) templates.sort(mostLiteralFirst)
  return (path) => {
    const target = exact.get(path)
    if (target !== undefined) return { target, values: new Map() }
    const asked = path.split('/')
    for (const template of bySize.get(asked.length) ?? []) {
      const values = valuesOf(template, asked)
      if (values !== null) return { target: template.target, values }
    }
    return null
  }
}

function segmentOf(text: string): Segment {
  return {
    literals: text.split(/\{[^{}]*\}/).map(encoded),
    names: [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name),
  }
}

const literalness = ({ literals, names }: Segment): number =>
  names.length === 0 ? Number.MAX_SAFE_INTEGER : literals.join('').length

function mostLiteralFirst<T>(a: Template<T>, b: Template<T>): number {
  for (const [at, segment] of a.segments.entries()) {
    const other = b.segments[at]
    const difference = other ? literalness(other) - literalness(segment) : 0
    if (difference !== 0) return difference
  }
  return 0
}

function valuesOf<T>({ segments }: Template<T>, asked: readonly string[]): Map<string, string> | null {
  const values = new Map<string, string>()
  for (const [at, segment] of segments.entries()) if (!take(segment, asked[at] ?? '', values)) return null
  return values
}

/** Each parameter takes as little as it can, the last one the rest: if the text can be split at all, this finds how. */
function take({ literals, names }: Segment, text: string, values: Map<string, string>): boolean {
  const [first = ''] = literals
  if (names.length === 0) return text === first
  const last = literals.at(-1) ?? ''
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let from = first.length
  for (const [index, name] of names.entries()) {
    const until = index === names.length - 1 ? end : text.indexOf(literals[index + 1] ?? '', from + 1)
    if (until <= from || until > end) return false
    values.set(name, text.slice(from, until))
    from = until + (index === names.length - 1 ? 0 : (literals[index + 1] ?? '').length)
  }
  return true
}

/** As it stands in a request; what was encoded already stays. */
const encoded = (text: string): string => encodeURI(text).replace(/%25(?=[0-9A-Fa-f]{2})/g, '%')
