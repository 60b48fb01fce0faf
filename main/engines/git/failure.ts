import { cleanText } from '#main/engines/http/server-text.ts'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { GitPlace } from './place.ts'
import { GitEnded, type GitToken } from './run.ts'

/** What a Git server said, or Git itself, as an error for a person. Git is told to speak English. */
export function gitFailure(thrown: unknown, { branch }: Pick<GitPlace, 'branch'>, token: GitToken | null): AppError {
  if (!(thrown instanceof GitEnded)) return asAppError(thrown)
  const said = thrown.message
  const detail = cleanText(lineOf(said), token === null ? [] : secretsOf(token))
  const is = (pattern: RegExp): boolean => pattern.test(said)
  if (is(/Authentication failed|could not read (Username|Password)|error: 401|error: 403|Invalid username/i))
    return token === null
      ? new AppError('unauthenticated', 'The repository asks for a token.', { hint: 'Set a token that may read it.' })
      : new AppError('unauthenticated', 'The repository does not accept the token.', {
          hint: 'Set one that may read and write it.',
        })
  if (is(/Permission denied \(publickey/i))
    return new AppError('unauthenticated', 'The repository accepts none of the keys of your SSH agent.', {
      hint: 'Add the key to the agent, and to the repository.',
    })
  if (is(/Host key verification failed/i))
    return new AppError('refused', 'The key of the SSH server is not known on this machine.', {
      hint: 'Connect to it once with ssh and check its key.',
    })
  if (is(/couldn't find remote ref/i)) return noBranch(branch)
  if (is(/not found|does not appear to be a git repository|error: 404|access denied or repository not exported/i))
    return new AppError('not_found', 'There is no repository at this address.', { hint: detail })
  if (is(/error: 30[1278]|redirect/i))
    return new AppError('refused', 'The server sends elsewhere, and the token is not sent there.', {
      hint: 'Give the address that it sends to.',
    })
  return new AppError('unreachable', `The repository cannot be reached: ${detail}`)
}

export const noBranch = (branch: string): AppError =>
  new AppError('not_found', `The repository has no branch ${branch}.`)

/** The line that says most: what the server said, then what Git said last. */
export function lineOf(said: string): string {
  const lines = said.split('\n').map((line) => line.trim())
  const remote = lines.filter((line) => /^remote:\s*\S/.test(line)).map((line) => line.replace(/^remote:\s*/, ''))
  const own = lines.find((line) => /^(fatal|error):/.test(line))
  return remote.length > 0 ? remote.join(' ') : (own ?? lines.find(Boolean) ?? '').replace(/^(fatal|error):\s*/, '')
}

export const secretsOf = ({ user, token }: GitToken): string[] => [
  token,
  Buffer.from(`${user}:${token}`).toString('base64'),
]
