export type LayerValues = Readonly<Record<string, string>>

export type LayerRead =
  | { readonly kind: 'values'; readonly values: LayerValues }
  | { readonly kind: 'wrong'; readonly message: string }

const variable = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Values as lines `NAME=value`; a line break and a backslash within a value are written `\n` and `\\`. */
export const layerText = (values: LayerValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`)
    .join('\n')

/** Reads such lines. Empty lines and those that begin with # say nothing. */
export function readLayer(text: string): LayerRead {
  const values: Record<string, string> = {}
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = line.slice(0, equals).trim()
    if (equals < 0) return wrong(at, 'has no “=”: write NAME=value.')
    if (!variable.test(name)) return wrong(at, 'needs a name of letters, digits and underscores.')
    if (Object.hasOwn(values, name)) return wrong(at, `gives ${name} a second time.`)
    values[name] = line.slice(equals + 1).replace(/\\(n|\\)/g, (_, sign: string) => (sign === 'n' ? '\n' : '\\'))
  }
  return { kind: 'values', values }
}

const wrong = (at: number, what: string): LayerRead => ({ kind: 'wrong', message: `Line ${at + 1} ${what}` })
