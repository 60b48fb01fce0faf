import type { Entry } from 'ldapts'
import { type Deadline, deadline } from '#main/engines/http/deadline.ts'
import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { bindAccount } from './account.ts'
import { type LdapStep, walkDirectory } from './check.ts'
import { type Directory, openDirectory } from './directory.ts'
import { stableId, textOf } from './entry.ts'
import { directoryFailure, directoryName, invalidCredentials, resultCodeOf } from './failure.ts'
import { fillFilter } from './filter.ts'
import { groupsOf } from './groups.ts'
import { checkSettings, defaultUserFilter, type LdapAddress, type LdapSettings } from './settings.ts'

export type Ldap = {
  /** Who it is, once the directory has accepted the password. */
  signIn(
    login: string,
    password: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ExternalIdentity>
  /** The connection test: connect, TLS, bind and search, each as `running` and then its outcome. Does not throw. */
  check(options?: { readonly signal?: AbortSignal | undefined }): AsyncGenerator<LdapStep, void, undefined>
}

/**
 * Sign-in by LDAP (RFC 4511) or Active Directory: finds the one entry of a login, binds as it with the password
 * (RFC 4513 §5.1.3), and reads its groups. Every connection is its own and is closed afterwards. Throws `invalid` for
 * settings, and from `signIn` `unauthenticated`, `unreachable`, `timeout`, `refused` or `cancelled`.
 */
export function createLdap(settings: LdapSettings, deps: { readonly clock: Clock; readonly timeoutMs?: number }): Ldap {
  const address = checkSettings(settings)
  const timeoutMs = deps.timeoutMs ?? 10_000
  const issuer = `ldap://${address.host}/${settings.baseDn}`

  return {
    signIn: async (login, password, { signal } = {}) => {
      // A bind without a password succeeds at many directories, for nobody (RFC 4513 §5.1.2).
      if (login.trim() === '' || password === '' || login.length > 256 || password.length > 1024) throw notKnown()
      using limit = deadline(directoryName, timeoutMs, signal)
      using directory = await openForLookup(address, settings, limit)
      const entry = await findPerson(directory, settings, login.trim())
      using own = await provePassword(address, settings, limit, entry.dn, password)
      const groups = await groupsOf(hasAccount(settings) ? directory : own, settings, entry)
      return {
        provider: 'ldap',
        issuer,
        subject: stableId(entry),
        name: textOf(entry, settings.nameAttribute) ?? login.trim(),
        email: textOf(entry, settings.mailAttribute),
        groups,
        authenticatedAt: deps.clock.now(),
        secondFactor: false,
      }
    },
    check: ({ signal } = {}) => walkDirectory(address, settings, timeoutMs, signal),
  }
}

const hasAccount = (settings: LdapSettings): boolean => (settings.bindDn ?? '') !== ''

type Owned = Directory & Disposable
const owned = (directory: Directory): Owned => ({ ...directory, [Symbol.dispose]: directory.close })

async function openForLookup(address: LdapAddress, settings: LdapSettings, limit: Deadline): Promise<Owned> {
  const directory = owned(await openDirectory(address, settings, limit))
  if (!hasAccount(settings)) return directory
  try {
    await bindAccount(directory, address, settings)
    return directory
  } catch (thrown) {
    directory.close()
    throw thrown
  }
}

async function findPerson(directory: Directory, settings: LdapSettings, login: string): Promise<Entry> {
  const found = await directory.search(settings.baseDn, {
    scope: 'sub',
    derefAliases: 'never',
    filter: fillFilter(settings.userFilter ?? defaultUserFilter, { login }),
    attributes: [settings.nameAttribute, settings.mailAttribute, 'memberOf', 'entryUUID', 'objectGUID'],
    explicitBufferAttributes: ['objectGUID'],
    sizeLimit: 2,
  })
  if (found.length > 1)
    throw new AppError('unauthenticated', 'More than one person in the directory answers to this login.', {
      hint: 'Sign in with a name that is yours alone, or have the user filter narrowed.',
    })
  const [entry] = found
  if (entry === undefined || entry.dn === '') throw notKnown()
  return entry
}

/** A second connection, bound as the person. */
async function provePassword(
  address: LdapAddress,
  settings: LdapSettings,
  limit: Deadline,
  dn: string,
  password: string,
): Promise<Owned> {
  const own = owned(await openDirectory(address, settings, limit))
  try {
    await own.bind(dn, password)
    return own
  } catch (thrown) {
    own.close()
    throw resultCodeOf(thrown) === invalidCredentials ? notKnown() : directoryFailure(address, thrown)
  }
}

/** The same whether the login or the password is wrong: which of them is nobody's business. */
const notKnown = (): AppError =>
  new AppError('unauthenticated', `${directoryName} does not know this login with this password.`, {
    hint: 'Check both; the password may have expired, or the account may be locked.',
  })
