import { isAbsolute } from 'node:path'
import { AppError } from '#preload/contract/error.ts'

/** A value in a YAML file on a branch of a repository. */
export type GitPlace = {
  readonly address: string
  readonly branch: string
  /** Of the file, from the root of the repository. */
  readonly path: string
  /** Of the value in the file, with dots: `image.tag`. */
  readonly key: string
}

const sockets: ReadonlySet<string> = new Set(['https:', 'http:', 'ssh:', 'git:'])
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

const invalid = (at: keyof GitPlace | 'token', message: string, hint?: string): AppError =>
  new AppError('invalid', message, { at, hint })

/**
 * Refuses what Git could take for an option or for a program to run, and what would carry a secret in the clear.
 * @throws AppError `invalid`.
 */
export function checkPlace({ address, branch, path }: Omit<GitPlace, 'key'>, hasToken: boolean): void {
  checkAddress(address, hasToken)
  // The rules of git-check-ref-format(1), tightened to plain names.
  const plain = /^[A-Za-z0-9_][A-Za-z0-9._/-]*$/.test(branch)
  if (!plain || /\.\.|\/\/|\/\.|\.lock(\/|$)|[/.]$/.test(branch))
    throw invalid('branch', `${branch || 'Nothing'} is no name of a branch.`)
  const parts = path.split('/')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const odd = path.startsWith('-') || /[\u0000-\u001f\u007f\\]/.test(path)
  if (odd || parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git'))
    throw invalid('path', 'Give the path of the file from the root of the repository, such as deploy/production.yaml.')
}

function checkAddress(address: string, hasToken: boolean): void {
  const hint = 'Give an address that begins with https://, ssh:// or git://, or the absolute path of a bare repository.'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0020\u007f]/.test(address) && !isAbsolute(address))
    throw invalid('address', 'The address holds blanks or control characters.', hint)
  if (isAbsolute(address)) {
    if (hasToken) throw invalid('token', 'A folder of this machine takes no token.')
    return
  }
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !sockets.has(url.protocol) || url.hostname === '' || url.hostname.startsWith('-'))
    throw invalid('address', 'This is no address of a repository.', hint)
  const carries = url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')
  if (carries || url.username.startsWith('-'))
    throw invalid('address', 'The address holds a name or a password.', 'Give the token in its own field.')
  if (url.protocol === 'http:' && !loopback.has(url.hostname))
    throw invalid('address', 'http:// sends what it carries in the clear.', 'Use https://.')
  if (hasToken && url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid('token', 'Only https:// takes a token.', 'Over ssh:// the keys of your SSH agent are used.')
}
