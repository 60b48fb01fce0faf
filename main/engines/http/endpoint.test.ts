import { describe, expect, it } from 'vitest'
import { authenticationHeaders, parseEndpointUrl, pathSegment, secretsOf, tlsOptions, urlBelow } from './endpoint.ts'

describe('the URL of an endpoint', () => {
  it.each([
    ['https://prom.example.com', 'https://prom.example.com/api/v1/query'],
    ['  http://127.0.0.1:9090/ ', 'http://127.0.0.1:9090/api/v1/query'],
    ['https://host/prom', 'https://host/prom/api/v1/query'],
    ['https://host/a/b//', 'https://host/a/b/api/v1/query'],
    ['https://host:8443/prom/', 'https://host:8443/prom/api/v1/query'],
    ['http://[::1]:9090/p', 'http://[::1]:9090/p/api/v1/query'],
  ])('%s keeps its prefix', (text, expected) => {
    expect(urlBelow(parseEndpointUrl(text), '/api/v1/query').href).toBe(expected)
  })

  it.each([
    ['prometheus:9090', 'begin with http'],
    ['ftp://host', 'begin with http'],
    ['file:///etc/passwd', 'begin with http'],
    ['host', 'not a URL'],
    ['http://', 'not a URL'],
    ['https://ana:pw@host', 'user name or a password'],
    ['https://host/?a=b', 'no ? and no #'],
    ['https://host/#/login', 'no ? and no #'],
  ])('%s is refused', (text, reason) => {
    expect(() => parseEndpointUrl(text)).toThrow(expect.objectContaining({ code: 'invalid', at: 'url' }))
    expect(() => parseEndpointUrl(text)).toThrow(reason)
  })

  it('repeats a parameter for each value and leaves out what is undefined', () => {
    const query = { filter: ['a="1"', 'b="2 & 3"'], active: true, limit: 5, none: undefined }
    const url = urlBelow(parseEndpointUrl('http://host'), 'alerts', query)
    expect(url.search).toBe('?filter=a%3D%221%22&filter=b%3D%222+%26+3%22&active=true&limit=5')
  })

  it('does not let a name climb out of its path', () => {
    expect(pathSegment('a/../b c')).toBe('a%2F..%2Fb%20c')
    expect(() => pathSegment('..')).toThrow('cannot be looked up')
  })
})

describe('credentials', () => {
  it('become headers', () => {
    expect(authenticationHeaders({ kind: 'none' })).toEqual({})
    expect(authenticationHeaders({ kind: 'basic', username: 'ana', password: 'pä:ss' })).toEqual({
      authorization: `Basic ${Buffer.from('ana:pä:ss').toString('base64')}`,
    })
    expect(authenticationHeaders({ kind: 'bearer', token: ' abc\n' })).toEqual({ authorization: 'Bearer abc' })
    expect(authenticationHeaders({ kind: 'header', name: 'X-Scope', value: 'v' })).toEqual({ 'x-scope': 'v' })
  })

  it.each([
    { kind: 'bearer', token: 'a\r\nx: y' },
    { kind: 'bearer', token: ' ' },
    { kind: 'basic', username: 'a:b', password: 'c' },
    { kind: 'header', name: 'x y', value: 'v' },
    { kind: 'header', name: 'Host', value: 'v' },
    { kind: 'header', name: 'x', value: 'v\nb' },
  ] as const)('that no header can carry are refused: %j', (auth) => {
    expect(() => authenticationHeaders(auth)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('are known in every spelling a server could echo', () => {
    const auth = { kind: 'basic', username: 'ana', password: 'a"b c' } as const
    const secrets = secretsOf({ name: 'P', url: 'http://host', auth, tls: {} })
    expect(secrets).toEqual(expect.arrayContaining(['a"b c', 'a%22b%20c', 'a\\"b c', btoa('ana:a"b c')]))
  })
})

describe('certificates', () => {
  it('are refused before a connection is made when they cannot work', () => {
    expect(() => tlsOptions({ ca: 'not a certificate' })).toThrow('not in PEM form')
    expect(() => tlsOptions({ cert: '-----BEGIN CERTIFICATE-----' })).toThrow('needs its key')
    expect(() => tlsOptions({ cert: 'x', key: 'SECRET-KEY' })).toThrow('cannot be read')
  })
})
