import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { listen } from './listen.ts'
import { temporaryDirectory } from './peer.ts'

export type GitServer = {
  /** Of its one repository. */
  readonly url: string
  /** The bare repository. */
  readonly folder: string
  /** What it lets in; everything else it answers 401. */
  readonly token: string
  /** Commits files to main, as ana. @returns the commit. */
  commit(files: Readonly<Record<string, string | { readonly link: string }>>, subject: string): string
  /** What a command of Git says in the repository. */
  git(...args: readonly string[]): string
  /** A file of main as it is now. */
  file(path: string): string
  /** Subjects on main, newest first. */
  subjects(): readonly string[]
  /** Puts a script in the way of a push, or takes it out. */
  hook(name: 'pre-receive' | 'post-receive' | 'update', script: string | null): void
  [Symbol.asyncDispose](): Promise<void>
}

const clean = {
  ...{ PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C' },
  ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  ...{ GIT_AUTHOR_NAME: 'ana', GIT_AUTHOR_EMAIL: 'ana@example.org' },
  ...{ GIT_COMMITTER_NAME: 'ana', GIT_COMMITTER_EMAIL: 'ana@example.org' },
}

/** A real Git server with one repository, over the smart HTTP protocol, behind a token. */
export async function startGitServer(): Promise<GitServer> {
  const directory = await temporaryDirectory('git')
  const folder = join(directory, 'deploy.git')
  const token = 'token-of-the-git-server'
  const run = (args: readonly string[], input?: string, env: Record<string, string> = {}): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', input, env: { ...clean, ...env } })
  execFileSync('git', ['init', '--bare', '--quiet', '--initial-branch=main', folder], { env: clean })
  const { port, close } = await listen(createServer((request, response) => answer(directory, token, request, response)))
  const git = (...args: readonly string[]): string => run(args).trim()

  return {
    url: `http://127.0.0.1:${port}/deploy.git`,
    folder,
    token,
    git,
    commit(files, subject) {
      const env = { GIT_INDEX_FILE: join(directory, 'index') }
      rmSync(env.GIT_INDEX_FILE, { force: true })
      const parent = git('for-each-ref', '--format=%(objectname)', 'refs/heads/main')
      if (parent !== '') run(['read-tree', parent], '', env)
      for (const [path, content] of Object.entries(files)) {
        const [mode, text] = typeof content === 'string' ? ['100644', content] : ['120000', content.link]
        const blob = run(['hash-object', '-w', '--stdin'], text).trim()
        run(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`], '', env)
      }
      const tree = run(['write-tree'], '', env).trim()
      const commit = run(['commit-tree', tree, ...(parent === '' ? [] : ['-p', parent])], subject).trim()
      git('update-ref', 'refs/heads/main', commit)
      return commit
    },
    file: (path) => run(['show', `main:${path}`]),
    subjects: () => git('log', '--format=%s', 'main').split('\n'),
    hook(name, script) {
      const file = join(folder, 'hooks', name)
      rmSync(file, { force: true })
      if (script === null) return
      writeFileSync(file, `#!/bin/sh\n${script}\n`)
      chmodSync(file, 0o755)
    },
    async [Symbol.asyncDispose]() {
      await close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Passes a request on to git-http-backend(1) the way CGI does. */
function answer(root: string, token: string, request: IncomingMessage, response: ServerResponse): void {
  const [, password = ''] = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64')
    .toString()
    .split(':')
  if (password !== token) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('No.')
    return
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const header = (name: string): string => String(request.headers[name] ?? '')
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...clean,
      ...{ GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: 'ana', REMOTE_ADDR: '127.0.0.1' },
      ...{ PATH_INFO: pathname, QUERY_STRING: searchParams.toString(), REQUEST_METHOD: request.method ?? 'GET' },
      ...{ CONTENT_TYPE: header('content-type'), HTTP_CONTENT_ENCODING: header('content-encoding') },
      HTTP_GIT_PROTOCOL: header('git-protocol'),
    },
  })
  backend.on('error', () => response.destroy())
  backend.stdin.on('error', () => {})
  request.pipe(backend.stdin)
  let head = Buffer.alloc(0)
  const begin = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    backend.stdout.off('data', begin)
    const lines = head.subarray(0, end).toString().split('\r\n')
    for (const line of lines) {
      const [name = '', ...value] = line.split(': ')
      if (name === 'Status') response.statusCode = Number.parseInt(value.join(': '), 10)
      else response.setHeader(name, value.join(': '))
    }
    response.write(head.subarray(end + 4))
    backend.stdout.pipe(response)
  }
  backend.stdout.on('data', begin)
  backend.stdout.once('end', () => response.end())
}
