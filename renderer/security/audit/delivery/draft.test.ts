import { describe, expect, it } from 'vitest'
import { draftOf, draftSchema, fieldAt, type Kept, keptOf, type PlaceDraft } from './draft.ts'
import type { Place } from './place.ts'

const nothingKept: Kept = { headerName: null, key: false, signingSecret: false }
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

const read = (draft: Partial<PlaceDraft>, kept = nothingKept) =>
  draftSchema(kept).safeParse({ ...draftOf(null, draft.kind), name: 'SIEM', ...draft })
const problems = (draft: Partial<PlaceDraft>, kept = nothingKept): readonly (readonly [string, string])[] =>
  (read(draft, kept).error?.issues ?? []).map(({ path, message }) => [path.join('.'), message] as const)

describe('what a place becomes', () => {
  it('is a forwarder or an anchor by its kind, without what it does not have', () => {
    expect(read({ kind: 'otlp', url: 'https://logs.example', headerName: 'X-Key', headerValue: 's' }).data).toEqual({
      role: 'forwarder',
      forwarder: {
        kind: 'otlp',
        name: 'SIEM',
        enabled: true,
        url: 'https://logs.example',
        header: { name: 'X-Key', value: 's' },
      },
    })
    expect(read({ kind: 'syslog', host: 'log.example' }).data).toEqual({
      role: 'forwarder',
      forwarder: { kind: 'syslog', name: 'SIEM', enabled: true, host: 'log.example', port: 6514 },
    })
    expect(read({ kind: 'git', repository: 'ssh://git.example/log.git', branch: '' }).data).toEqual({
      role: 'anchor',
      anchor: { kind: 'git', name: 'SIEM', enabled: true, repository: 'ssh://git.example/log.git', branch: 'main' },
    })
    expect(read({ kind: 'folder', path: '/srv/anchors' }).data).toMatchObject({ role: 'anchor' })
  })

  it('keeps a stored secret by leaving it out', () => {
    const kept = { headerName: 'X-Key', key: true, signingSecret: true }
    const otlp = read({ kind: 'otlp', url: 'https://logs.example', headerName: 'X-Key' }, kept)
    expect(JSON.stringify(otlp.data)).not.toContain('header')
    const syslog = read({ kind: 'syslog', host: 'log.example', certificate: pem }, kept)
    expect(syslog.data).toMatchObject({ forwarder: { certificate: pem } })
  })
})

describe('what is wrong with a place', () => {
  it('stands at its field', () => {
    expect(problems({ kind: 'webhook', url: 'logs.example', name: '' })).toEqual([
      ['url', 'Write the whole address: https://logs.example/path'],
      ['name', 'Name it.'],
    ])
    expect(problems({ kind: 'syslog', host: '', port: '99999' }).map(([field]) => field)).toEqual(['host', 'port'])
    expect(problems({ kind: 'folder' })).toEqual([['path', 'Name the folder.']])
  })

  it('is a certificate without its key, a key without its certificate, and what is no PEM', () => {
    expect(problems({ kind: 'syslog', host: 'h', certificate: pem })).toEqual([
      ['key', 'A client certificate needs its key.'],
    ])
    expect(problems({ kind: 'syslog', host: 'h', key: pem })).toEqual([
      ['certificate', 'A client key needs its certificate.'],
    ])
    expect(problems({ kind: 'otlp', url: 'https://h', ca: 'no' }).map(([field]) => field)).toEqual(['ca'])
  })

  it('is a timestamp authority that nobody could check, and another header without its value', () => {
    expect(problems({ kind: 'tsa', url: 'https://tsa.example' }).map(([field]) => field)).toEqual(['ca'])
    const kept = { headerName: 'X-Key', key: false, signingSecret: false }
    expect(problems({ kind: 'otlp', url: 'https://h', headerName: 'X-Other' }, kept)).toEqual([
      ['headerValue', 'Enter the value that this header has.'],
    ])
  })

  it('does not look at fields of another kind', () => {
    expect(problems({ kind: 'folder', path: '/x', ca: 'left over', url: 'left over' })).toEqual([])
  })
})

describe('an existing place', () => {
  const place: Place = {
    role: 'forwarder',
    item: {
      id: '018f0000-0000-7000-8000-000000000000',
      revision: 3,
      settings: { kind: 'syslog', name: 'SIEM', enabled: false, host: 'h', port: 601, hasKey: true },
      cursor: 1,
      behind: 0,
      lastSuccessAt: null,
      nextAttemptAt: null,
      error: null,
    },
  }

  it('is shown in the form without its secrets', () => {
    expect(draftOf(place)).toMatchObject({ kind: 'syslog', enabled: false, host: 'h', port: '601', key: '' })
    expect(keptOf(place)).toEqual({ headerName: null, key: true, signingSecret: false })
  })

  it('has errors of the application at its fields', () => {
    expect(fieldAt('forwarder.url')).toBe('url')
    expect(fieldAt('anchor.repository')).toBe('repository')
    expect(fieldAt('somewhere')).toBeNull()
  })
})
