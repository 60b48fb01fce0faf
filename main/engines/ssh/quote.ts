import { AppError } from '#preload/contract/error.ts'

/**
 * Text as exactly one word of a POSIX shell, whatever is in it: nothing has a meaning between single quotes
 * (POSIX.1-2017, Shell Command Language, 2.2.2). @throws AppError `invalid` for a NUL, which no argument can hold.
 */
export function quoted(text: string): string {
  if (text.includes('\0')) throw new AppError('invalid', 'A text that goes to a host holds a NUL character.')
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export const words = (texts: readonly string[]): string => texts.map(quoted).join(' ')
