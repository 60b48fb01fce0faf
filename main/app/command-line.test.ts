import { describe, expect, it } from 'vitest'
import { readHostOptions } from './command-line.ts'

const tls = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem']
const listenOf = (...args: string[]) => readHostOptions(args).listen

describe('where the server host listens', () => {
  it('is this machine alone, unless it is told otherwise', () => {
    expect(listenOf()).toEqual({ address: '127.0.0.1', port: 0, tls: null, hosts: [] })
    expect(listenOf('--port', '8080')).toMatchObject({ address: '127.0.0.1', port: 8080 })
    expect(listenOf('--listen', 'localhost:8080')).toMatchObject({ address: '127.0.0.1', port: 8080 })
    expect(listenOf('--listen', '[::1]:8080')).toMatchObject({ address: '::1', port: 8080 })
  })

  it('is elsewhere with a certificate, under the names it is given', () => {
    expect(listenOf('--listen', '0.0.0.0:8443', ...tls, '--host', 'ops.example', '--host', 'ops')).toEqual({
      address: '0.0.0.0',
      port: 8443,
      tls: { cert: 'cert.pem', key: 'key.pem' },
      hosts: ['ops.example', 'ops'],
    })
    expect(listenOf('--listen', '[::]:8443', ...tls).address).toBe('::')
  })

  it.each([
    [['--listen', '0.0.0.0:8443'], /is reached from other machines, so it needs a certificate/],
    [['--listen', '192.0.2.1:8443'], /needs a certificate/],
    [['--listen', '[::]:8443'], /needs a certificate/],
    [['--listen', '8443', ...tls], /is not an address and a port/],
    [['--listen', 'ops.example:8443', ...tls], /is not an address and a port/],
    [['--listen', '0.0.0.0:', ...tls], /names no port number/],
    [['--listen', '0.0.0.0:99999', ...tls], /names no port number/],
    [['--tls-cert', 'cert.pem'], /belong together/],
    [['--port', '-1'], /is not a port number|ambiguous/],
    [['--port', 'x'], /--port x is not a port number/],
  ])('is refused with a sentence for %j', (args, sentence) => {
    expect(() => readHostOptions(args)).toThrow(sentence)
  })
})
