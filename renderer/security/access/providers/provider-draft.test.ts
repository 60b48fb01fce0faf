import { describe, expect, it } from 'vitest'
import type { Provider } from '#preload/security/sign-in.ts'
import { certificatesOf, draftOf, fieldAt, inputOf, providerDraftSchema } from './provider-draft.ts'

const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`

const directory: Provider = {
  id: '01990000-0000-7000-8000-000000000001',
  revision: 3,
  register: [],
  settings: {
    kind: 'ldap',
    name: 'Directory',
    url: 'ldap://127.0.0.1:389',
    startTls: false,
    bindDn: 'cn=reader,dc=ops,dc=test',
    baseDn: 'dc=ops,dc=test',
    nameAttribute: 'cn',
    mailAttribute: 'mail',
    nestedGroups: true,
    hasBindPassword: true,
  },
}

describe('a stored provider in the form', () => {
  it('comes back as it was, its secret left out so that it is kept', () => {
    const input = inputOf(draftOf(directory))
    expect(input).toMatchObject({ kind: 'ldap', url: 'ldap://127.0.0.1:389', startTls: false })
    expect(input).toMatchObject({ bindDn: 'cn=reader,dc=ops,dc=test', bindPassword: undefined, userFilter: undefined })
  })

  it('keeps blanks of a secret and drops them around an address', () => {
    const draft = { ...draftOf(directory), url: ' ldaps://ldap.test ', bindPassword: ' x ' }
    expect(inputOf(draft)).toMatchObject({ url: 'ldaps://ldap.test', bindPassword: ' x ' })
  })
})

it('asks for no StartTLS where the address is encrypted from the start', () => {
  expect(inputOf({ ...draftOf(directory), startTls: true, url: 'ldaps://ldap.test' })).toMatchObject({
    startTls: false,
  })
  expect(inputOf({ ...draftOf(directory), startTls: true })).toMatchObject({ startTls: true })
})

describe('what the form refuses', () => {
  const problems = (change: object) =>
    Object.fromEntries(
      (providerDraftSchema.safeParse({ ...draftOf(null), ...change }).error?.issues ?? []).map(({ path, message }) => [
        path[0],
        message,
      ]),
    )

  it('is told at the field, in words of our own', () => {
    expect(problems({ kind: 'oidc', name: 'Id', issuer: 'nowhere' })).toMatchObject({
      issuer: expect.stringContaining('https://id.example.com'),
      clientId: expect.stringContaining('client id'),
    })
    expect(problems({ kind: 'ldap', name: '', url: 'http://x', baseDn: '' })).toMatchObject({
      name: 'Name the provider.',
      url: expect.stringContaining('ldap://'),
      baseDn: expect.stringContaining('dc=example'),
    })
    expect(Object.keys(problems({ kind: 'saml', name: 'S', entryPoint: 'https://s.test', idpIssuer: 's' }))).toEqual([
      'idpCertificates',
    ])
  })

  it('is a password without a name', () => {
    expect(problems({ kind: 'ldap', name: 'D', url: 'ldap://x', baseDn: 'dc=x', bindPassword: 'secret' })).toEqual({
      bindDn: 'Say whose password this is.',
    })
  })
})

it('finds the certificates of a text', () => {
  expect(certificatesOf(`first\n${pem('AAA')}\nand\n${pem('BBB')}`)).toEqual([pem('AAA'), pem('BBB')])
  expect(certificatesOf('none')).toEqual([])
})

it('finds the field an error of the application is about', () => {
  expect(fieldAt('provider.issuer', 'oidc')).toBe('issuer')
  expect(fieldAt('provider.nameAttribute', 'saml')).toBe('samlName')
  expect(fieldAt('provider.nameAttribute', 'ldap')).toBe('nameAttribute')
  expect(fieldAt('idpCertificates.0', 'saml')).toBe('idpCertificates')
  expect(fieldAt('revision', 'oidc')).toBeNull()
  expect(fieldAt(undefined, 'oidc')).toBeNull()
})
