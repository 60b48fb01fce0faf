import { readFileSync } from 'node:fs'
import { storageError } from '#main/kernel/store/errors.ts'
import { contracts } from '#preload/app/contracts.ts'
import type { Caller } from '#preload/contract/caller.ts'
import type { Contract, Operation } from '#preload/contract/define.ts'
import { AppError, asAppError, type ErrorCode } from '#preload/contract/error.ts'
import { dataFolder } from '../data-folder.ts'
import { askForLink } from '../link.ts'
import { places } from '../places.ts'
import { type Request, readRequest } from './arguments.ts'
import { help } from './help.ts'
import { hasBytes, printItems } from './output.ts'
import { openSession, recoverAdmin } from './session.ts'
import { newSessionKey, sessionFile } from './session-file.ts'
import { asksInOrder, signIn } from './sign-in.ts'

const exitCodes: Partial<Record<ErrorCode, number>> = {
  invalid: 2,
  forbidden: 3,
  unauthenticated: 3,
  unreachable: 4,
  timeout: 4,
}

/** Capabilities whose answers come from the sources of the inbox. */
const readsSources = new Set(['alerts', 'silences', 'connections'])

/** What the door says to whoever is not signed in; here there is a command for it. */
const signInHint = /^Sign in( first)?\.$/

const print = (text: string): void => void process.stdout.write(`${text}\n`)

function findOperation(op: string): Operation {
  const [capability = '', name = ''] = op.split('.')
  const contract = (contracts as Readonly<Record<string, Contract>>)[capability]
  const operation = contract?.operations[name]
  if (operation) return operation
  throw new AppError('invalid', `There is no operation ${op}.`, { hint: 'Run: framework0 help' })
}

async function run(request: Request): Promise<void> {
  const { command } = request
  if (command.kind === 'help') return print(help(contracts, command.topic))
  const folder = dataFolder(request.data)
  const where = places(import.meta.filename)
  if (command.kind === 'open') return print(await askForLink(folder.path))
  if (command.kind === 'recover-admin') {
    const until = await recoverAdmin(where, folder, command.reason)
    return print(`You are an administrator until ${until}: start the application on this machine.`)
  }
  const kept = sessionFile(folder.path)
  const operation = command.kind === 'call' ? findOperation(command.op) : null
  // A new session has a key of its own, so that nobody takes over one that was left behind.
  const key = command.kind === 'sign-in' ? newSessionKey() : kept.read()
  const needsSources = command.kind === 'call' && readsSources.has(command.op.split('.')[0] ?? '')
  const { caller, close } = await openSession({ places: where, folder, readOnly: request.readOnly, key, needsSources })
  const stopped = new AbortController()
  process.once('SIGINT', () => stopped.abort())
  process.once('SIGTERM', () => stopped.abort())
  process.stdout.once('error', () => stopped.abort()) // the reader of a pipe went away
  try {
    if (command.kind === 'sign-in') {
      const name = await signIn(caller, command.provider, asksInOrder(), stopped.signal)
      kept.write(key ?? '')
      print(`You are signed in as ${name}.`)
    } else if (command.kind === 'sign-out') {
      await caller.call('access.signOut', {})
      kept.remove()
      print('You are signed out.')
    } else if (operation) await perform(caller, operation, command, request, stopped.signal)
  } catch (thrown) {
    if (!stopped.signal.aborted) throw thrown
  } finally {
    await close()
  }
}

type Call = Extract<Request['command'], { kind: 'call' }>

async function perform(
  caller: Caller,
  operation: Operation,
  { op, input }: Call,
  { json, output }: Request,
  signal: AbortSignal,
): Promise<void> {
  if (operation.kind === 'stream') return printItems(caller.open(op, input, { signal }), hasBytes(operation), output)
  const value = await caller.call(op, input, { signal }).catch((thrown: unknown) => {
    throw withFields(thrown, op)
  })
  if (json) return print(JSON.stringify(value))
  const { stringify } = await import('yaml')
  print(stringify(value).trimEnd())
}

/** Whoever writes an input by hand is told where its fields are listed. */
function withFields(thrown: unknown, op: string): unknown {
  if (!(thrown instanceof AppError) || thrown.problems.length === 0) return thrown
  return new AppError(thrown.code, thrown.message, { ...thrown, hint: `See: framework0 help ${op}` })
}

function fail(thrown: unknown, json: boolean): void {
  const failure = asAppError(storageError(thrown) ?? thrown)
  const error =
    failure.code === 'unauthenticated' && signInHint.test(failure.hint ?? '')
      ? new AppError(failure.code, failure.message, { ...failure, hint: 'Run: framework0 sign-in' })
      : failure
  if (json) process.stderr.write(`${JSON.stringify({ error: error.toShape() })}\n`)
  else process.stderr.write(`${error.message}${error.hint ? `\n${error.hint}` : ''}\n`)
  process.exitCode = exitCodes[error.code] ?? 1
}

const args = process.argv.slice(2)
try {
  await run(readRequest(args, () => readFileSync(0, 'utf8')))
} catch (thrown) {
  fail(thrown, args.includes('--json'))
}
// The worker thread and sockets are closed by now; whatever else lingers must not keep a command from ending.
process.exit()
