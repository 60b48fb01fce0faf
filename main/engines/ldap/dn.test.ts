import { describe, expect, it } from 'vitest'
import { dnKey, firstValue, isBelow, parseDn } from './dn.ts'

describe('a distinguished name', () => {
  it.each([
    ['UID=jsmith,DC=example,DC=net', 'jsmith'],
    ['OU=Sales+CN=J.  Smith,DC=example,DC=net', 'Sales'],
    ['CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', 'James "Jim" Smith, III'],
    ['CN=Before\\0dAfter,DC=example,DC=net', 'Before\rAfter'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'Lučić'],
    ['cn=trailing\\ ,dc=a', 'trailing '],
    ['cn="quoted, old style",dc=a', 'quoted, old style'],
    ['cn=plus\\+less\\<more\\>;dc=a', 'plus+less<more>'],
  ])('%s begins with %s (RFC 4514 §4)', (dn, value) => {
    expect(firstValue(dn)).toBe(value)
  })

  it('is the same however it is spelled', () => {
    for (const spelling of ['CN=A B, OU=x,DC=t', 'cn=a  b,ou=X,dc=T', 'cn=\\61 b,ou=x,dc=t', 'cn="a b",ou=x,dc=t'])
      expect(dnKey(spelling)).toBe(dnKey('cn=a b,ou=x,dc=t'))
    expect(dnKey('cn=a+uid=b,dc=t')).toBe(dnKey('uid=b+cn=a,dc=t'))
    expect(dnKey('cn=a\\,ou=x,dc=t')).not.toBe(dnKey('cn=a,ou=x,dc=t'))
  })

  it('is below another only by whole names', () => {
    expect(isBelow('cn=a,ou=groups,dc=t', 'OU=Groups, DC=T')).toBe(true)
    expect(isBelow('ou=groups,dc=t', 'ou=groups,dc=t')).toBe(true)
    expect(isBelow('cn=a,ou=mygroups,dc=t', 'groups,dc=t')).toBe(false)
    expect(isBelow('cn=a\\,ou=groups\\,dc=t,dc=evil', 'ou=groups,dc=t')).toBe(false)
    expect(isBelow('cn=a\\,ou=groups,dc=t', 'ou=groups,dc=t')).toBe(false)
  })

  it('is not any text', () => {
    for (const text of ['', 'no name', '=x', 'cn=a,,dc=t']) expect(parseDn(text)).toBeNull()
  })
})
