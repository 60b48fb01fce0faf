import { fullFormats } from 'ajv-formats/dist/formats.js'

/** Those that the libraries know and that say something of a value on its own. */
const names = [
  ...['date', 'time', 'date-time', 'duration', 'uri', 'uri-reference', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
  ...['json-pointer', 'int32', 'int64', 'float', 'double', 'password', 'binary'],
] as const
/** Their expressions are not linear in every case; what is longer than this is none of them. */
const longest = 2_048

const isBase64 = (text: string): boolean => text.length % 4 === 0 && !/[^A-Za-z0-9+/=]|=[^=]|={3}/.test(text)

type Format = true | ((value: string) => boolean) | { type: 'number'; validate: (value: number) => boolean }

function formatOf(name: (typeof names)[number]): Format {
  const format: unknown = fullFormats[name]
  if (format instanceof RegExp) return (text) => text.length <= longest && format.test(text)
  if (typeof format === 'function') return (text) => text.length <= longest && format(text) === true
  if (typeof format !== 'object' || format === null || !('validate' in format)) return true
  const { validate } = format
  if (typeof validate !== 'function') return true
  if ('type' in format && format.type === 'number')
    return { type: 'number', validate: (value) => validate(value) === true }
  return (text) => text.length <= longest && validate(text) === true
}

export const formats: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(names.map((name) => [name, formatOf(name)])),
  byte: isBase64,
}

export const isFormat = (name: string): boolean => Object.hasOwn(formats, name)
