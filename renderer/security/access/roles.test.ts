import { describe, expect, it } from 'vitest'
import { roleSources, rolesText } from './roles.ts'

const ana = { id: '01990000-0000-7000-8000-000000000001', groups: ['ops'], elevatedUntil: null }

describe('where a role comes from', () => {
  it('is every group that gives it and what was given here', () => {
    const sources = roleSources(
      { ...ana, roles: ['sre', 'viewer'] },
      {
        identity: { assignedRoles: ['sre'], kind: 'oidc' },
        settings: {
          groupRoles: [
            { group: 'ops', role: 'sre' },
            { group: 'other', role: 'sre' },
            { group: '*', role: 'viewer' },
          ],
        },
      },
    )
    expect(sources).toEqual([
      { role: 'sre', from: 'given here, by the group ops' },
      { role: 'viewer', from: 'everybody of the provider' },
    ])
  })

  it('is the broken glass while somebody is elevated', () => {
    const [admin] = roleSources({ ...ana, roles: ['admin'], elevatedUntil: '2026-01-01T00:00:00Z' }, {})
    expect(admin?.from).toContain('breaking the glass')
  })

  it('is owning the machine in a personal workspace', () => {
    const [admin] = roleSources({ id: 'os:ana', groups: [], elevatedUntil: null, roles: ['admin'] }, {})
    expect(admin?.from).toBe('as the user of this machine')
  })
})

it('says that somebody has no role', () => {
  expect(rolesText([])).toBe('no role')
  expect(rolesText(['viewer', 'security-officer'])).toBe('Viewer, Security officer')
})
