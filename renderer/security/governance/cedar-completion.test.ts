import { describe, expect, it } from 'vitest'
import { attributesOf, completionsAt } from './cedar-completion.ts'

const vocabulary = {
  roles: ['sre', 'admin'],
  actions: [{ name: 'alerts.note', summary: 'Add a note.' }],
  actionGroups: [{ name: 'command', summary: 'Everything that changes something.' }],
  environments: ['production', 'staging'],
}
const schema = `
entity Identity in [Role, Group] = { groups: Set<String>, personal: Bool, detail: { inner: Long }, provenSecondsAgo: Long };
/// What is acted on: anything.
entity Resource in [Environment] { environment: String, "labels"?: Set<String> } tags String;
type Circumstances = {
  hour: Long,
  /// How many: others.
  approvals: Long,
};
action "x" appliesTo { principal: Identity, resource: Resource, context: Circumstances };
`
const labels = (before: string) => completionsAt(before, vocabulary, schema)?.options.map(({ label }) => label)

describe('completing a policy', () => {
  it('offers actions and their groups inside of an action', () => {
    expect(labels('permit(principal, action == Action::"al')).toEqual(['command', 'alerts.note'])
  })
  it('offers roles inside of a role', () => {
    expect(labels('permit(principal in Role::"')).toEqual(['sre', 'admin'])
  })
  it('offers environments as entities', () => {
    expect(labels('resource in Environment::"')).toEqual(['production', 'staging'])
  })
  it('offers environments where one is compared, also further on in a list', () => {
    expect(labels('when { resource.environment == "pro')).toEqual(['production', 'staging'])
    expect(labels('["staging", resource.environment in ["staging", "')).toEqual(['production', 'staging'])
  })
  it('offers the attributes that the schema declares, without those of records inside', () => {
    expect(labels('when { principal.')).toEqual(['groups', 'personal', 'detail', 'provenSecondsAgo'])
    expect(labels('when { context.h')).toEqual(['hour', 'approvals'])
    expect(labels('unless { resource.')).toEqual(['environment', 'labels'])
  })
  it('offers nothing inside of other text, and words elsewhere', () => {
    expect(labels('@id("free te')).toBeUndefined()
    expect(labels('per')).toContain('permit')
    expect(labels('@')).toContain('@advice("step_up")')
  })
  it('begins where the completed text begins', () => {
    expect(completionsAt('action == Action::"al', vocabulary, schema)?.from).toBe('action == Action::"'.length)
  })
})

it('knows no attributes of what the schema does not declare', () => {
  expect(attributesOf(schema, /entity\s+Nothing/)).toEqual([])
})
