import { spawn } from 'node:child_process'
import { cleanText } from '#main/engines/http/server-text.ts'
import { AppError } from '#preload/contract/error.ts'

export type GitOptions = {
  /** Where the repository is that the command works on. */
  readonly directory: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const timeoutMs = 120_000
const outputLimit = 64 * 1024 ** 2

/** Never asks anybody, runs no hook of ours, and speaks only these protocols. */
const environment = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
  GIT_ALLOW_PROTOCOL: 'file:https:ssh',
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C',
}
const never = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'gc.auto=0',
  '-c',
  'commit.gpgSign=false',
  '-c',
  'push.gpgSign=false',
]

/** Runs plain `git`, without a shell. @returns its output. @throws AppError with its last words. */
export function git(name: string, args: readonly string[], options: GitOptions): Promise<string> {
  const { directory, input = '', env = {}, signal } = options
  const child = spawn('git', [...never, '--git-dir', directory, ...args], {
    env: { ...process.env, ...environment, ...env },
    stdio: 'pipe',
    timeout: timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  })
  return new Promise((resolve, reject) => {
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
      if (out.length > outputLimit) child.kill()
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err = (err + chunk).slice(-4_000)
    })
    child.once('error', (error) => reject(failure(name, args, error.message, signal)))
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(failure(name, args, err, signal))))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function failure(name: string, args: readonly string[], words: string, signal: AbortSignal | undefined): AppError {
  if (signal?.aborted) return new AppError('cancelled', 'The request was cancelled.')
  const said = cleanText(words, [])
  const remote = args[0] === 'push' || args[0] === 'fetch' || args[0] === 'ls-remote'
  return new AppError(
    remote ? 'unreachable' : 'refused',
    `${name}: git ${args[0]} failed: ${said || 'no reason was given'}`,
    {
      hint: remote
        ? 'Check the address, and that git on this machine can reach it without asking for a password.'
        : 'Check that git is installed and that its repository is intact.',
      retryable: true,
    },
  )
}
