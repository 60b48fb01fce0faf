import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertFilter, inboxView } from '#preload/observability/alerts.ts'
import { alertSearchOf, defaultStates, filterOf, isFiltered, linkTo, savedSearchOf, viewOf } from './alert-search.ts'

describe('the address of the inbox', () => {
  it('reads back what it wrote', () => {
    const search = {
      matchers: 'severity="critical"',
      search: 'disk',
      states: ['silenced'],
      severities: ['critical', 'high'],
      groupBy: ['alertname'],
      sort: { by: 'since', direction: 'ascending' },
      alert: 'prod.abc',
    }
    expect(alertSearchOf(search)).toEqual(search)
  })

  it('takes what the router read as a number, and lists written by hand', () => {
    expect(alertSearchOf({ search: 12, states: 'firing,silenced' })).toEqual({
      search: '12',
      states: ['firing', 'silenced'],
    })
  })

  it('drops what it cannot read and keeps the rest', () => {
    expect(alertSearchOf({ states: ['burning'], sort: 'x', severities: ['critical'], other: 1 })).toEqual({
      severities: ['critical'],
    })
  })

  it('makes a valid view of anything at all', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('matchers', 'states', 'groupBy', 'sort', 'alert', 'search'), fc.anything()),
        (search) => {
          expect(inboxView.safeParse(viewOf(alertSearchOf(search), null, [])).success).toBe(true)
        },
      ),
    )
  })
})

describe('the filter of a view', () => {
  it('shows what asks for attention unless told otherwise', () => {
    expect(filterOf({}, null)).toEqual(alertFilter.parse({}))
    expect(filterOf({}, null).states).toEqual(defaultStates)
  })

  it('lets the environment of the shell win', () => {
    expect(filterOf({ environments: ['staging'] }, null).environments).toEqual(['staging'])
    expect(filterOf({ environments: ['staging'] }, 'prod').environments).toEqual(['prod'])
  })

  it('counts as filtered by what narrows, not by order, groups or the opened alert', () => {
    expect(isFiltered({ sort: { by: 'name', direction: 'ascending' }, groupBy: ['team'], alert: 'prod.1' })).toBe(false)
    expect(isFiltered({ search: 'x' })).toBe(true)
  })
})

it('a saved view leaves out the opened alert and what is missing', () => {
  expect(savedSearchOf({ alert: 'prod.1', search: 'x', matchers: undefined })).toEqual({ search: 'x' })
})

it('a link from the desktop opens in the desktop of whoever gets it', () => {
  const location = { href: 'http://127.0.0.1:1/alerts?alert=prod.1', search: '?alert=prod.1' }
  expect(linkTo(location, true)).toBe('framework0://alerts?alert=prod.1')
  expect(linkTo(location, false)).toBe(location.href)
})
