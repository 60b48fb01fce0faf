import { type Entry, FilterParser, type SearchOptions } from 'ldapts'
import { describe, expect, it } from 'vitest'
import type { Directory } from './directory.ts'
import { groupsOf } from './groups.ts'
import type { LdapSettings } from './settings.ts'

const settings: LdapSettings = {
  url: 'ldaps://dc.example.com',
  startTls: false,
  baseDn: 'dc=example,dc=com',
  nameAttribute: 'cn',
  mailAttribute: 'mail',
  nestedGroups: true,
}
const person: Entry = { dn: 'CN=Ana (SRE),OU=People,DC=example,DC=com', memberOf: [] }

/** Stands behind the port for what no server here can be: an Active Directory, and a directory gone mad. */
function directoryThat(answer: (options: SearchOptions) => readonly Entry[], capabilities: string[] = []) {
  const filters: string[] = []
  const directory: Directory = {
    bind: async () => undefined,
    close: () => undefined,
    search: async (base, options) => {
      if (base === '') return [{ dn: '', supportedCapabilities: capabilities }]
      filters.push(String(options.filter))
      return answer(options)
    },
  }
  return { directory, filters }
}

const group = (cn: string): Entry => ({ dn: `CN=${cn},OU=Groups,DC=example,DC=com`, cn })

describe('groups in groups', () => {
  it('are asked for at once where the directory is an Active Directory', async () => {
    const { directory, filters } = directoryThat(() => [group('b'), group('a')], ['1.2.840.113556.1.4.800'])
    expect(await groupsOf(directory, settings, person)).toEqual(['a', 'b'])
    expect(filters).toEqual(['(member:1.2.840.113556.1.4.1941:=CN=Ana \\28SRE\\29,OU=People,DC=example,DC=com)'])
    expect(FilterParser.parseString(filters[0] ?? '')).toMatchObject({
      rule: '1.2.840.113556.1.4.1941',
      value: person.dn,
    })
  })

  it('are walked elsewhere, each once, many at a time', async () => {
    const parents = Array.from({ length: 90 }, (_, index) => group(`g${index}`))
    const { directory, filters } = directoryThat(({ filter }) =>
      String(filter).includes('Ana') ? parents : [group('top')],
    )
    expect(await groupsOf(directory, settings, person)).toHaveLength(91)
    // The person; 90 parents in three; the top, which is above itself.
    expect(filters).toHaveLength(5)
  })

  it('are refused when there are too many, in breadth or in depth, and never cut', async () => {
    const wide = directoryThat(() => Array.from({ length: 1_001 }, (_, index) => group(`g${index}`)))
    await expect(groupsOf(wide.directory, settings, person)).rejects.toMatchObject({ code: 'unauthenticated' })
    let next = 0
    const deep = directoryThat(() => [group(`level${next++}`)])
    await expect(groupsOf(deep.directory, settings, person)).rejects.toThrow('more groups than can be looked at')
    expect(deep.filters.length).toBeLessThan(40)
  })

  it('are not looked for where only direct groups count', async () => {
    const { directory, filters } = directoryThat(() => [group('direct')], ['1.2.840.113556.1.4.800'])
    expect(await groupsOf(directory, { ...settings, nestedGroups: false }, person)).toEqual(['direct'])
    expect(filters).toHaveLength(1)
  })
})
