import { FilterParser } from 'ldapts'
import { tlsOptions } from '#main/engines/http/endpoint.ts'
import { AppError } from '#preload/contract/error.ts'
import { fillFilter } from './filter.ts'

export type LdapSettings = {
  /** `ldaps://dc.example.com`, or `ldap://…` with StartTLS. */
  readonly url: string
  readonly startTls: boolean
  /** PEM; with it only that authority is trusted. */
  readonly ca?: string
  /** The account that looks people up; without it the directory is searched anonymously. */
  readonly bindDn?: string
  readonly bindPassword?: string
  readonly baseDn: string
  /** RFC 4515, with `{login}`. */
  readonly userFilter?: string
  /** Only groups below it count; the base DN unless given. Whoever may create groups there may give roles. */
  readonly groupBaseDn?: string
  /** RFC 4515, with `{dn}` of a member. */
  readonly groupFilter?: string
  readonly nameAttribute: string
  readonly mailAttribute: string
  /** Whether a group in a group counts too. */
  readonly nestedGroups: boolean
}

export type LdapAddress = {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'startTls' | 'none'
}

export const defaultUserFilter = '(|(uid={login})(mail={login})(sAMAccountName={login}))'
export const defaultGroupFilter = '(|(member={dn})(uniqueMember={dn}))'

/** Where and how to connect. Throws `invalid`, naming the setting, for what cannot work or would not be safe. */
export function checkSettings(settings: LdapSettings): LdapAddress {
  const address = addressOf(settings)
  tlsOptions(settings.ca === undefined ? {} : { ca: settings.ca })
  if (settings.baseDn.trim() === '')
    throw invalid('baseDn', 'The base DN is missing.', 'Write it like dc=example,dc=com.')
  if ((settings.bindDn ?? '') !== '' && (settings.bindPassword ?? '') === '')
    throw invalid(
      'bindPassword',
      'The account that looks people up has no password.',
      'Enter it, or leave the DN empty.',
    )
  checkFilter('userFilter', settings.userFilter ?? defaultUserFilter, 'login')
  checkFilter('groupFilter', settings.groupFilter ?? defaultGroupFilter, 'dn')
  for (const name of ['nameAttribute', 'mailAttribute'] as const)
    if (!/^[a-z][a-z0-9;.-]*$/i.test(settings[name]))
      throw invalid(name, 'This is not the name of an attribute.', 'Write it like cn or mail.')
  return address
}

function addressOf(settings: LdapSettings): LdapAddress {
  const url = URL.parse(settings.url.trim())
  const secure = url?.protocol === 'ldaps:'
  if (url === null || (url.protocol !== 'ldap:' && !secure) || url.hostname === '')
    throw invalid('url', 'The address must begin with ldaps:// or ldap://.', 'Write it like ldaps://dc.example.com.')
  if (url.username !== '' || url.search !== '' || url.hash !== '' || !/^\/?$/.test(url.pathname))
    throw invalid('url', 'The address must end with the host or the port.', 'Enter DN and filter in their own fields.')
  if (secure && settings.startTls)
    throw invalid('startTls', 'ldaps:// is encrypted from the start and needs no StartTLS.', 'Choose one of the two.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!secure && !settings.startTls && !isLoopback(host))
    throw invalid('url', 'Passwords would travel unencrypted.', 'Use ldaps://, or turn StartTLS on.')
  const port = url.port === '' ? (secure ? 636 : 389) : Number(url.port)
  return { host, port, security: secure ? 'tls' : settings.startTls ? 'startTls' : 'none' }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

function checkFilter(at: string, template: string, name: string): void {
  if (!template.includes(`{${name}}`))
    throw invalid(at, `The filter does not mention {${name}}.`, `Put {${name}} where the value belongs.`)
  try {
    FilterParser.parseString(fillFilter(template, { [name]: 'x' }))
  } catch (cause) {
    throw new AppError('invalid', 'This is not an LDAP filter (RFC 4515).', {
      hint: `Write it like (uid={${name}}).`,
      at,
      cause,
    })
  }
}

const invalid = (at: string, message: string, hint: string): AppError => new AppError('invalid', message, { hint, at })
