import { AppError } from '#preload/contract/error.ts'

/** What opens a repository over https://. */
export type GitToken = { readonly user: string; readonly token: string }

type Run = {
  /** The repository that it works on. */
  readonly folder: string
  readonly args: readonly string[]
  readonly signal: AbortSignal
  readonly token?: GitToken | null
  readonly withinMs?: number
  /** Given on stdin. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Git ended with another code than 0, with all that it wrote. */
export class GitEnded extends Error {}

const mostOutput = 4 * 1024 * 1024
const silentMs = 30_000

/** Every variable that Git gets; nothing else of this process's environment reaches it. */
const allowed = [
  'GIT_ALLOW_PROTOCOL',
  'GIT_TERMINAL_PROMPT',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_COUNT',
  'GIT_LITERAL_PATHSPECS',
  'GIT_SSH_COMMAND',
  'GIT_INDEX_FILE',
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
  'SSH_AUTH_SOCK',
]
const settingNames = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => [`GIT_CONFIG_KEY_${at}`, `GIT_CONFIG_VALUE_${at}`]).flat()

/**
 * Runs one command of Git without any configuration of this machine, hooks or prompts. The token goes by the
 * environment, so that no list of processes shows it. @returns what it wrote to stdout. @throws GitEnded, or AppError.
 */
export async function runGit({ folder, args, signal, token = null, withinMs = 60_000, input, env = {} }: Run) {
  const tooMuch = new AbortController()
  const late = AbortSignal.timeout(withinMs)
  const settings = settingsOf(token)
  // Only where Git is a source: no start of the application waits for it.
  const { simpleGit } = await import('simple-git')
  const git = simpleGit({
    baseDir: folder,
    abort: AbortSignal.any([signal, late, tooMuch.signal]),
    timeout: { block: silentMs },
    allowEnvironment: [...allowed, ...settingNames(Object.keys(settings).length)],
    // What is set here is set by us alone; the plugins that forbid it guard against what a caller passes on.
    unsafe: {
      ...{ allowUnsafeConfigEnvCount: true, allowUnsafeConfigPaths: true, allowUnsafeSshCommand: true },
      ...{ allowUnsafeHooksPath: true, allowUnsafeProtocolOverride: true, allowUnsafeTemplateDir: true },
      allowUnsafeCredentialHelper: true,
    },
    errors: (error, { exitCode, stdOut, stdErr }) =>
      error ?? (exitCode === 0 ? undefined : new GitEnded(Buffer.concat([...stdOut, ...stdErr]).toString('utf8'))),
    ...(input === undefined ? {} : { input: () => input }),
  })
  git.outputHandler((_, stdout, stderr) => {
    let bytes = 0
    for (const output of [stdout, stderr])
      output.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > mostOutput) tooMuch.abort()
      })
  })
  try {
    return await git.env({ ...environmentOf(settings), ...env }).raw([...args])
  } catch (thrown) {
    signal.throwIfAborted()
    if (late.aborted) throw new AppError('timeout', `The repository did not answer within ${withinMs / 1_000} s.`)
    if (tooMuch.signal.aborted) throw new AppError('too_large', 'Git answered more than is read.')
    if (/ENOENT/.test(String(thrown)) && /spawn/.test(String(thrown)))
      throw new AppError('unsupported', 'Git is not installed on this machine.', {
        hint: 'Install git, then read again.',
      })
    if (/block timeout/.test(String(thrown)))
      throw new AppError('timeout', `The repository was silent for ${silentMs / 1_000} s.`)
    throw new GitEnded(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function settingsOf(token: GitToken | null): Readonly<Record<string, string>> {
  const base = {
    'core.hooksPath': '/dev/null',
    'credential.helper': '',
    'gc.auto': '0',
    // A redirect would take the token along.
    'http.followRedirects': 'false',
    'http.lowSpeedLimit': '1',
    'http.lowSpeedTime': '20',
    'init.defaultBranch': 'main',
  }
  if (token === null) return base
  const basic = Buffer.from(`${token.user}:${token.token}`).toString('base64')
  return { ...base, 'http.extraHeader': `Authorization: Basic ${basic}` }
}

function environmentOf(settings: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', SSH_AUTH_SOCK } = process.env
  const name = 'Framework0 Operations Center'
  const email = 'framework0@localhost'
  const pairs = Object.entries(settings).flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ])
  return {
    ...{ PATH, LC_ALL: 'C', HOME: '/nonexistent' },
    ...(SSH_AUTH_SOCK === undefined ? {} : { SSH_AUTH_SOCK }),
    ...{ GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    ...{ GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file', GIT_LITERAL_PATHSPECS: '1' },
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oConnectTimeout=10',
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
    ...Object.fromEntries(pairs),
  }
}
