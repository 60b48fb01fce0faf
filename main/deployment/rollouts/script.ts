import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { AppError } from '#preload/contract/error.ts'

type Script = {
  /** The files of the release that it is one of. */
  readonly folder: string
  /** Its path in the folder, then its arguments. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly withinMs?: number
}

const mostOutput = 65_536

/**
 * Runs a script of a release and takes the number in the last line that it writes. It gets nothing of this process's
 * environment but where programs are. @throws AppError with what it said when it ends with anything but 0.
 */
export async function runScript(
  { folder, command, env, withinMs = 60_000 }: Script,
  signal: AbortSignal,
): Promise<number> {
  const [path = '', ...args] = command
  const file = await fileOf(folder, path)
  const within = AbortSignal.timeout(withinMs)
  const { PATH = '/usr/local/bin:/usr/bin:/bin' } = process.env
  const child = spawn(file, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, ...env },
  })
  const stop = (): void => endGroup(child)
  for (const each of [signal, within]) each.addEventListener('abort', stop)
  try {
    const { code, output, errors } = await outcome(child)
    signal.throwIfAborted()
    if (within.aborted) throw failed(`${path} did not end within ${withinMs / 1_000} s.`)
    if (code !== 0) throw failed(`${path} ended with ${code ?? 'a signal'}. ${lastLine(errors)}`.trim())
    const line = lastLine(output)
    if (line === '' || !Number.isFinite(Number(line))) throw failed(`${path} wrote no number in its last line.`)
    return Number(line)
  } finally {
    for (const each of [signal, within]) each.removeEventListener('abort', stop)
    stop()
  }
}

/** A link, or a path with dots, must not lead to a program that is no part of the release. */
async function fileOf(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  const file = await realpath(join(root, path)).catch(() => null)
  if (file === null || !file.startsWith(`${root}${sep}`)) throw failed(`The version holds no file ${path}.`)
  await access(file, constants.X_OK).catch(() => {
    throw failed(`${path} may not be executed.`)
  })
  return file
}

function outcome(child: ChildProcess): Promise<{ code: number | null; output: string; errors: string }> {
  const texts = { output: '', errors: '' }
  const keep = (name: keyof typeof texts) => (chunk: Buffer) => {
    texts[name] = (texts[name] + chunk).slice(-mostOutput)
  }
  child.stdout?.on('data', keep('output'))
  child.stderr?.on('data', keep('errors'))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(failed(error.message)))
    child.on('close', (code) => resolve({ code, ...texts }))
  })
}

/** What a script began ends with it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // all of it has ended
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? ''

const failed = (message: string): AppError => new AppError('invalid', message)
