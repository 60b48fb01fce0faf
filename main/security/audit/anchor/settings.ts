import { isAbsolute } from 'node:path'
import { parsePostUrl } from '#main/engines/http/post.ts'
import { AppError } from '#preload/contract/error.ts'
import type { AnchorInput } from '#preload/security/audit-delivery.ts'
import { checkAuthorities } from './authorities.ts'

/** Refuses what cannot work, before anything changes. @throws AppError `invalid`. */
export function checkAnchor(settings: AnchorInput): void {
  if (settings.kind === 'tsa') {
    parsePostUrl(settings.url)
    checkAuthorities(settings.ca)
  }
  if (settings.kind === 'git') checkRepository(settings)
  if (settings.kind === 'folder' && (!isAbsolute(settings.path) || settings.path.includes('\0')))
    throw new AppError('invalid', 'The path of the folder must be complete, from the root.', { at: 'path' })
}

/** Whether two settings mean the same place, which then has what it has. */
export const samePlace = (a: AnchorInput, b: AnchorInput): boolean => identityOf(a) === identityOf(b)

function identityOf(settings: AnchorInput): string {
  if (settings.kind === 'tsa') return `tsa ${settings.url}`
  return settings.kind === 'git' ? `git ${settings.branch} ${settings.repository}` : `folder ${settings.path}`
}

/** Refuses an address that git would take for something else, or that holds a secret. @throws AppError `invalid`. */
function checkRepository({ repository, branch }: { readonly repository: string; readonly branch: string }): void {
  const refuse = (message: string, hint: string, at = 'repository'): never => {
    throw new AppError('invalid', message, { hint, at })
  }
  if (repository.startsWith('-') || /[\p{Cc}]|^\w+::/u.test(repository))
    refuse('This is not the address of a Git repository.', 'Write a path, https://…, ssh://… or user@host:path.')
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(repository) ? URL.parse(repository) : undefined
  if (url === null || (url !== undefined && !['https:', 'ssh:', 'file:'].includes(url.protocol)))
    refuse('Only https, ssh and paths are used for Git.', 'http:// and git:// prove nothing of who answers.')
  if (url && (url.password !== '' || (url.protocol !== 'ssh:' && url.username !== '')))
    refuse('The address must not contain a password or a token.', 'Use a credential helper of git, or an SSH key.')
  if (!/^(?!-|\/|.*(\.\.|\/\/|@\{|\.lock$|\/$|\.$))[\w./+-]+$/.test(branch))
    refuse('This is not a name for a branch.', 'Use letters, digits, dots and dashes.', 'branch')
}
