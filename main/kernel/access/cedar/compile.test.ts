import { describe, expect, it } from 'vitest'
import { contracts } from '#preload/app/contracts.ts'
import { compile } from './compile.ts'
import { schemaOf } from './schema.ts'
import { statementsOf } from './source.ts'
import { vocabularyOf } from './vocabulary.ts'

const schema = schemaOf(vocabularyOf(Object.values(contracts)))
const errorsOf = (text: string, taken: readonly string[] = []) =>
  compile(text, schema, new Set(taken))
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message, policy, from, to }) => ({ message, policy, at: text.slice(from, to) }))

describe('the splitting of a text', () => {
  it('ends policies at semicolons, but not in strings and comments', () => {
    const text =
      '// one; two\n@id("a;\\"b") permit (principal, action, resource); // three;\n forbid(principal, action, resource);\n'
    expect(statementsOf(text).map((statement) => statement.text)).toEqual([
      '@id("a;\\"b") permit (principal, action, resource);',
      'forbid(principal, action, resource);',
    ])
  })
  it('keeps what follows the last semicolon, unless it says nothing', () => {
    expect(statementsOf('permit(')).toMatchObject([{ from: 0, to: 7 }])
    expect(statementsOf(' // nothing\n')).toEqual([])
  })
})

describe('the check of a text', () => {
  const good = '@id("a") permit (principal, action, resource);'

  it('finds nothing wrong with what is right', () => expect(compile(good, schema).diagnostics).toEqual([]))

  it('says where a text does not parse, in UTF-16', () => {
    const text = `${good} // 🦔ü\n@id("ü🦔") permit (principal, action; resource);`
    const [error] = compile(text, schema).diagnostics
    expect(text.slice(error?.from, error?.to)).toBe(';')
  })

  it('says where a text does not fit what can be named', () =>
    expect(errorsOf('@id("ü") permit (principal, action == Action::"alerts.lisst", resource);')).toEqual([
      { message: 'Unrecognized action `Action::"alerts.lisst"`.', policy: 'ü', at: 'Action::"alerts.lisst"' },
    ]))

  it.each([
    ['a role that does not exist', 'permit (principal in Role::"amin", action, resource);', 'Entity `Role::"amin"`'],
    ['an attribute that does not exist', 'permit (principal, action, resource) when { principal.age > 3 };', '`age`'],
    ['a comparison of different types', 'permit (principal, action, resource) when { context.hour > "nine" };', 'type'],
    [
      'an optional attribute that may be absent',
      'permit (principal, action, resource) when { context.source.isLoopback() };',
      'source',
    ],
    ['a tag that may be absent', 'permit (principal, action, resource) when { resource.getTag("a") == "b" };', 'tag'],
    ['a template', 'permit (principal == ?principal, action, resource);', 'template'],
    ['an advice that does not exist', '@advice("ask") forbid (principal, action, resource);', 'no advice "ask"'],
    ['an advice on a permit', '@advice("step_up") permit (principal, action, resource);', 'Only a forbid'],
  ])('refuses %s', (_, policy, words) =>
    expect(errorsOf(`@id("a") ${policy}`)).toEqual([
      expect.objectContaining({ message: expect.stringContaining(words) }),
    ]),
  )

  it('refuses a policy without a name', () =>
    expect(errorsOf('permit (principal, action, resource);')).toMatchObject([{ message: 'This policy has no name.' }]))

  it('refuses a name twice, and the name of a built-in policy', () => {
    expect(errorsOf(good + good)).toMatchObject([{ message: 'There are two policies named "a".' }])
    expect(errorsOf(good, ['a'])).toMatchObject([{ message: '"a" is the name of a built-in policy.' }])
  })

  it('warns of a policy that can never hold', () => {
    const text = '@id("a") permit (principal, action in Action::"area:distribution", resource);'
    expect(compile(text, schema).diagnostics).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        policy: 'a',
        message: expect.stringContaining('applicable action'),
      }),
    )
  })
})
