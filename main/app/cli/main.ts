import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { storageError } from '#main/kernel/store/errors.ts'
import { contracts } from '#preload/app/contracts.ts'
import type { Contract, Operation } from '#preload/contract/define.ts'
import { AppError, asAppError, type ErrorCode } from '#preload/contract/error.ts'
import { dataFolder } from '../data-folder.ts'
import { askForLink } from '../link.ts'
import { places } from '../places.ts'
import { type Request, readRequest } from './arguments.ts'
import { help } from './help.ts'
import { openSession } from './session.ts'

const exitCodes: Partial<Record<ErrorCode, number>> = {
  invalid: 2,
  forbidden: 3,
  unauthenticated: 3,
  unreachable: 4,
  timeout: 4,
}

/** Capabilities whose answers come from the sources of the inbox. */
const readsSources = new Set(['alerts', 'silences', 'connections'])

const print = (text: string): void => void process.stdout.write(`${text}\n`)

function findOperation(op: string): Operation {
  const [capability = '', name = ''] = op.split('.')
  const contract = (contracts as Readonly<Record<string, Contract>>)[capability]
  const operation = contract?.operations[name]
  if (operation) return operation
  throw new AppError('invalid', `There is no operation ${op}.`, { hint: 'Run: framework0 help' })
}

async function run(request: Request): Promise<void> {
  const { command, json } = request
  if (command.kind === 'help') return print(help(contracts, command.topic))
  const folder = dataFolder(request.data)
  if (command.kind === 'open') return print(await askForLink(folder.path))
  const operation = findOperation(command.op)
  const needsSources = readsSources.has(command.op.split('.')[0] ?? '')
  const { caller, close } = await openSession({
    places: places(import.meta.filename),
    folder,
    readOnly: request.readOnly,
    needsSources,
  })
  const stopped = new AbortController()
  process.once('SIGINT', () => stopped.abort())
  process.once('SIGTERM', () => stopped.abort())
  process.stdout.once('error', () => stopped.abort()) // the reader of a pipe went away
  try {
    if (operation.kind === 'stream')
      for await (const item of caller.open(command.op, command.input, { signal: stopped.signal }))
        print(JSON.stringify(item))
    else {
      const value = await caller.call(command.op, command.input, { signal: stopped.signal })
      print(json ? JSON.stringify(value) : stringify(value).trimEnd())
    }
  } catch (thrown) {
    if (!stopped.signal.aborted) throw thrown
  } finally {
    await close()
  }
}

function fail(thrown: unknown, json: boolean): void {
  const error = asAppError(storageError(thrown) ?? thrown)
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
