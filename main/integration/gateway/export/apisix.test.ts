import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { endpointSpec, gatewayFile, plainListener, ruleTo } from '#e2e/app/gateway-file.ts'
import { readFile } from '../file.ts'
import { secrets } from './export.fixture.ts'
import { exportFile } from './export.ts'

type Plugins = Readonly<Record<string, Readonly<Record<string, unknown>>>>
type Written = {
  readonly routes: readonly { readonly plugins: Plugins }[]
  readonly upstreams: readonly Readonly<Record<string, unknown>>[]
  readonly consumers?: readonly { readonly username: string }[]
}

function exported(filters: string, spec = endpointSpec(3_000), more = '') {
  const text = gatewayFile({
    ...{
      listeners: plainListener(8_080),
      rules: ruleTo({ one: 1 }, `, filters: [${filters}]`),
      backends: { one: spec },
    },
  })
  const { text: written, findings } = exportFile('shop', readFile(`${text}${more}`, secrets), 'apisix')
  const body = parse(written, { version: '1.1' }) as Written
  return { written, body, plugins: body.routes[0]?.plugins ?? {}, told: findings.map(({ message }) => message) }
}
const answered = (modifier: string) =>
  exported(`{ type: ResponseHeaderModifier, responseHeaderModifier: { ${modifier} } }`)
const corsOf = (cors: string) => exported(`{ type: CORS, cors: { ${cors} } }`).plugins.cors

describe('an export to APISIX', () => {
  it('holds no list or object that is empty, which it refuses', () => {
    expect(answered('add: [{ name: x-c, value: c }]').plugins).toEqual({
      'response-rewrite': { headers: { add: ['x-c: c'] } },
    })
    expect(
      exported('{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-b] } }').plugins['proxy-rewrite'],
    ).toEqual({ headers: { remove: ['x-b'] } })
  })

  it.each([
    ['https://shop.example', false],
    ['10:30', false],
    ['text/', false],
    ['/', false],
    ['no-store', true],
    ['1', true],
  ])('adds %s to an answer only where it can', (value, can) => {
    const { plugins, told } = answered(`add: [{ name: x-c, value: "${value}" }]`)
    expect('response-rewrite' in plugins).toBe(can)
    expect(told.some((message) => message.includes('x-c is left out'))).toBe(!can)
  })

  it('lets the same origins in, in the forms that it takes', () => {
    expect(corsOf('allowOrigins: ["https://a.example", "https://*.b.example"]')).toMatchObject({
      allow_origins: 'https://a.example',
      allow_origins_by_regex: ['^https://a\\.example$', '^https://[A-Za-z0-9.-]+\\.b\\.example$'],
    })
    expect(corsOf('allowOrigins: ["https://a.example", "*"]')).toMatchObject({ allow_origins: '*', allow_headers: '' })
    const all = 'allowMethods: ["*"], allowHeaders: ["*"], allowOrigins: ["*"]'
    expect(corsOf(`${all}, allowCredentials: true`)).toMatchObject({
      ...{ allow_origins: '**', allow_methods: '**', allow_headers: '**', expose_headers: '' },
    })
    expect(corsOf(all)).toMatchObject({ allow_origins: '*', allow_methods: '*', allow_headers: '*' })
  })

  it('makes no two consumers one', () => {
    const consumers = ['a-b', 'a_b', 'a.b'].map(
      (name) => `---\napiVersion: framework0.dev/v1\nkind: Consumer\nmetadata: { name: "${name}" }\nspec: {}\n`,
    )
    const names = exported('', undefined, consumers.join('')).body.consumers?.map(({ username }) => username) ?? []
    expect(new Set(names).size).toBe(3)
    expect(names.every((name) => /^\w+$/.test(name))).toBe(true)
  })

  it('leaves nothing plain that YAML 1.1 reads as something else than text', () => {
    const { written } = exported(
      '{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: "on", value: "yes" }] } }',
    )
    expect(written).toContain('"on": "yes"')
  })
})
