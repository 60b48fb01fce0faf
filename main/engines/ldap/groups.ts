import type { Entry } from 'ldapts'
import { AppError } from '#preload/contract/error.ts'
import type { Directory } from './directory.ts'
import { dnKey, firstValue, isBelow } from './dn.ts'
import { textOf, textsOf } from './entry.ts'
import { anyOf, fillFilter } from './filter.ts'
import { defaultGroupFilter, type LdapSettings } from './settings.ts'

const maxGroups = 1_000
const maxDepth = 32
/** How many members are asked about in one search. */
const chunk = 40

/** LDAP_CAP_ACTIVE_DIRECTORY_OID: only there is LDAP_MATCHING_RULE_IN_CHAIN ([MS-ADTS] §3.1.1.3.4.4.3). */
const activeDirectory = '1.2.840.113556.1.4.800'
const inChainFilter = '(member:1.2.840.113556.1.4.1941:={dn})'

/**
 * The names (cn) of the groups of a person below the group base: direct ones, by `memberOf` and by search, and with
 * `nestedGroups` those that they are in. A circle of groups ends; more than a thousand groups are refused rather than
 * cut, since a missing group could be the one that forbids.
 */
export async function groupsOf(
  directory: Directory,
  settings: LdapSettings,
  person: Entry,
): Promise<readonly string[]> {
  if (settings.nestedGroups && (await isActiveDirectory(directory))) {
    const found = await searchGroups(directory, settings, fillFilter(inChainFilter, { dn: person.dn }))
    return namesOf(found.map(groupOf))
  }
  const known = new Map<string, Group>()
  let level: readonly Group[] = [{ dn: person.dn, name: '', parents: textsOf(person, 'memberOf') }]
  for (let depth = 0; level.length > 0 && depth < (settings.nestedGroups ? maxDepth : 1); depth++) {
    const above = await groupsAbove(directory, settings, level)
    level = above.filter(({ dn }) => !known.has(dnKey(dn)))
    for (const group of level) known.set(dnKey(group.dn), group)
    if (known.size > maxGroups) throw tooMany()
  }
  if (settings.nestedGroups && level.length > 0) throw tooMany()
  return namesOf([...known.values()])
}

type Group = { readonly dn: string; readonly name: string; readonly parents: readonly string[] }

async function isActiveDirectory(directory: Directory): Promise<boolean> {
  const [root] = await directory.search('', { scope: 'base', attributes: ['supportedCapabilities'] })
  return root !== undefined && textsOf(root, 'supportedCapabilities').includes(activeDirectory)
}

/** The groups that any of these is a member of: those that the search finds, and those that `memberOf` names. */
async function groupsAbove(
  directory: Directory,
  settings: LdapSettings,
  members: readonly Group[],
): Promise<readonly Group[]> {
  const found = new Map<string, Group>()
  for (let at = 0; at < members.length; at += chunk) {
    const some = members.slice(at, at + chunk)
    const template = settings.groupFilter ?? defaultGroupFilter
    const filter = anyOf(some.map(({ dn }) => fillFilter(template, { dn })))
    for (const entry of await searchGroups(directory, settings, filter)) found.set(dnKey(entry.dn), groupOf(entry))
  }
  for (const dn of members.flatMap(({ parents }) => parents)) {
    const unseen = !found.has(dnKey(dn)) && isBelow(dn, groupBaseOf(settings))
    if (unseen) found.set(dnKey(dn), { dn, name: firstValue(dn) ?? dn, parents: [] })
  }
  return [...found.values()]
}

const groupBaseOf = (settings: LdapSettings): string => settings.groupBaseDn || settings.baseDn

const searchGroups = (directory: Directory, settings: LdapSettings, filter: string): Promise<readonly Entry[]> =>
  directory.search(groupBaseOf(settings), {
    scope: 'sub',
    derefAliases: 'never',
    filter,
    attributes: ['cn', 'memberOf'],
    paged: { pageSize: 500 },
  })

const groupOf = (entry: Entry): Group => ({
  dn: entry.dn,
  name: textOf(entry, 'cn') ?? firstValue(entry.dn) ?? entry.dn,
  parents: textsOf(entry, 'memberOf'),
})

function namesOf(groups: readonly Group[]): readonly string[] {
  if (groups.length > maxGroups) throw tooMany()
  return [...new Set(groups.map(({ name }) => name))].sort()
}

const tooMany = (): AppError =>
  new AppError('unauthenticated', `This person is in more groups than can be looked at (${maxGroups}).`, {
    hint: 'Set a group base DN that holds only the groups of this application, or turn nested groups off.',
  })
