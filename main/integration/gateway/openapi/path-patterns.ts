/** How a path is matched: as it is, or by a regular expression (RE2) where it has parameters. */
export type PathPattern = { readonly kind: 'Exact' | 'RegularExpression'; readonly value: string }

const parameter = /\{[^{}]*\}/
const anything = '[^/]+'

export const isTemplate = (path: string): boolean => parameter.test(path)

/**
 * The patterns of paths, such that the gateway finds the path that OpenAPI means: a literal one before a template, and of
 * two templates the one whose first different segment is literal. The gateway asks the longest expression first, so one
 * that must win is put into groups, which change nothing else, until it is longer.
 */
export function pathPatterns(paths: readonly string[]): ReadonlyMap<string, PathPattern> {
  const patterns = new Map<string, PathPattern>()
  for (const path of paths) if (!isTemplate(path)) patterns.set(path, { kind: 'Exact', value: encoded(path) })
  const done: { readonly path: string; readonly length: number }[] = []
  for (const path of paths.filter(isTemplate).toSorted(leastSpecificFirst)) {
    const beaten = done.filter((other) => meet(other.path, path) && leastSpecificFirst(other.path, path) < 0)
    const floor = Math.max(0, ...beaten.map(({ length }) => length))
    let value = expression(path)
    while (value.length <= floor) value = `/(?:${value.slice(1)})`
    done.push({ path, length: value.length })
    patterns.set(path, { kind: 'RegularExpression', value })
  }
  return patterns
}

const segments = (path: string): string[] => path.split('/')

function leastSpecificFirst(a: string, b: string): number {
  const [left, right] = [segments(a), segments(b)]
  if (left.length !== right.length) return left.length - right.length // no request is for both
  for (let at = 0; at < left.length; at++) {
    const difference = literalness(left[at] ?? '') - literalness(right[at] ?? '')
    if (difference !== 0) return difference
  }
  return 0
}

/** A segment with more text beside its parameters says more. */
const literalness = (segment: string): number =>
  isTemplate(segment) ? segment.split(new RegExp(parameter, 'g')).join('').length : Number.MAX_SAFE_INTEGER

/** Whether there may be a request that both match. */
function meet(a: string, b: string): boolean {
  const [left, right] = [segments(a), segments(b)]
  return (
    left.length === right.length &&
    left.every((segment, at) => {
      const other = right[at] ?? ''
      return segment === other || isTemplate(segment) || isTemplate(other)
    })
  )
}

const expression = (path: string): string =>
  path
    .split(new RegExp(parameter, 'g'))
    .map((text) => encoded(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join(anything)

/** As it stands in a request: what a path cannot hold is percent-encoded, and what was encoded already stays. */
const encoded = (text: string): string => encodeURI(text).replace(/%25(?=[0-9A-Fa-f]{2})/g, '%')
