import { describe, expect, it } from 'vitest'
import { readRequest } from './arguments.ts'

const noStdin = (): string => {
  throw new Error('Standard input was read.')
}
const read = (...args: string[]) => readRequest(args, noStdin)
const inputOf = (...args: string[]) => {
  const { command } = read('alerts.list', ...args)
  return command.kind === 'call' ? command.input : command
}

describe('a command line', () => {
  it.each([[], ['help'], ['--help'], ['-h']])('asks for help: %j', (...args) => {
    expect(read(...args.flat())).toEqual({
      command: { kind: 'help', topic: null },
      json: false,
      data: undefined,
      readOnly: false,
    })
  })

  it('asks for help with something', () => {
    expect(read('help', 'alerts').command).toEqual({ kind: 'help', topic: 'alerts' })
    expect(read('alerts.list', '--help').command).toEqual({ kind: 'help', topic: 'alerts.list' })
  })

  it('takes options in any place', () => {
    const request = { json: true, data: '/x', readOnly: true, command: { kind: 'call', op: 'alerts.list', input: {} } }
    expect(read('alerts.list', '--json', '--data', '/x', '--read-only')).toEqual(request)
    expect(read('--read-only', '--data', '/x', '--json', 'alerts.list')).toEqual(request)
    expect(read('open', '--data', '/x').command).toEqual({ kind: 'open' })
  })

  it('reads a value as JSON where it is JSON, and as text where not', () => {
    expect(inputOf('limit=5', 'search=ä=b', 'states=["firing"]', 'assignee=null', 'empty=', 'zip="007"')).toEqual({
      limit: 5,
      search: 'ä=b',
      states: ['firing'],
      assignee: null,
      empty: '',
      zip: '007',
    })
  })

  it('takes its input from --json or standard input, and lets fields win', () => {
    expect(inputOf('--json', '{"limit":1,"offset":2}', 'limit=3')).toEqual({ limit: 3, offset: 2 })
    const { command } = readRequest(['alerts.list', '--json', '-'], () => '{"limit":7}')
    expect(command).toMatchObject({ input: { limit: 7 } })
    expect(readRequest(['alerts.list', '--json', '-'], () => ' \n').command).toMatchObject({ input: {} })
  })

  it.each([
    [['alerts.list', '--nope'], 'There is no option --nope.'],
    [['alerts.list', 'nonsense'], '“nonsense” is not a field=value.'],
    [['alerts.list', '=x'], '“=x” is not a field=value.'],
    [['alerts.list', '--json', '[1]'], 'The input after --json must be an object.'],
    [['alerts.list', '--json', '{oops'], 'The input after --json is not JSON'],
    [['alerts.list', '--data'], '--data needs a folder.'],
    [['alerts.list', '--data', ''], '--data needs a folder.'],
  ])('is refused with a sentence and the way on: %j', (args, message) => {
    expect(() => read(...args)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(message), hint: expect.any(String) }),
    )
  })
})
