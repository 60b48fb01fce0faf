import { isAlias, isScalar, parseDocument } from 'yaml'
import { cleanText } from '#main/engines/http/server-text.ts'
import { AppError } from '#preload/contract/error.ts'

const unreadable = (message: string): AppError =>
  new AppError('invalid', message, { hint: 'Correct the file, or name another file or key.' })

/** Every scalar as it is written: 1.10 is no number here. */
function documentOf(text: string) {
  const found = (() => {
    try {
      return parseDocument(text, { schema: 'failsafe', logLevel: 'silent', prettyErrors: false })
    } catch {
      throw unreadable('The file is nested too deeply to be read as YAML.')
    }
  })()
  const [error] = found.errors
  if (error) throw unreadable(`The file is not YAML that can be read: ${cleanText(error.message, [])}`)
  return found
}

function scalarAt(text: string, key: string) {
  const found = documentOf(text).getIn(key.split('.'), true)
  if (found === undefined) throw unreadable(`The file has no key ${key}.`)
  if (isAlias(found)) throw unreadable(`${key} refers to another value; give the key of that one.`)
  if (!isScalar(found) || typeof found.value !== 'string' || !found.range)
    throw unreadable(`${key} is no single value.`)
  if (found.type === 'BLOCK_FOLDED' || found.type === 'BLOCK_LITERAL' || found.value.includes('\n'))
    throw unreadable(`${key} is not written on one line.`)
  return { value: found.value, quote: found.type, start: found.range[0], end: found.range[1] }
}

/** The text at a key of a YAML file. @throws AppError `invalid` when there is none. */
export const readKey = (text: string, key: string): string => scalarAt(text, key).value

const quotes: Readonly<Record<string, string>> = { QUOTE_DOUBLE: '"', QUOTE_SINGLE: "'" }

/**
 * The file with another plain text at a key, and not one other character changed.
 * @throws AppError `invalid` when that cannot be.
 */
export function withKey(text: string, key: string, value: string): string {
  const { quote, start, end } = scalarAt(text, key)
  const mark = quotes[String(quote)] ?? ''
  const changed = `${text.slice(0, start)}${mark}${value}${mark}${text.slice(end)}`
  if (readKey(changed, key) !== value) throw unreadable(`${key} cannot be set to ${value}.`)
  return changed
}
