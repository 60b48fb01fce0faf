import { role } from '#preload/security/roles.ts'
import type { Vocabulary } from './vocabulary.ts'

const entities = `/// What somebody is here. Roles say nothing by themselves; the policies say what a role may do.
entity Role enum [${role.options.map((name) => JSON.stringify(name)).join(', ')}];
/// A group, as the identity provider names it.
entity Group;
/// production, staging …
entity Environment;
/// Who calls. \`provenSecondsAgo\` is very large when they never had to prove who they are.
entity Identity in [Role, Group] {
  id: String,
  roles: Set<String>,
  groups: Set<String>,
  /// The owner of a workspace that demands no sign-in.
  personal: Bool,
  /// desktop, browser, command line or application
  via: String,
  proven: Bool,
  provenSecondsAgo: Long,
};
/// What is acted on. Its labels are its tags.
entity Resource in [Environment] {
  id: String,
  /// Empty where it belongs to none.
  environment: String,
} tags String;

/// Times are UTC. weekday: 0 is Sunday.
type Circumstances = {
  now: Long,
  hour: Long,
  minuteOfDay: Long,
  weekday: Long,
  /// How many others approved exactly this operation with exactly this input, and who.
  approvals: Long,
  approvers: Set<String>,
  /// Who asked for the approval; empty where there is none.
  requester: String,
  /// How long a proof lasts for dangerous acts, as the settings say.
  stepUpSeconds: Long,
  /// The address they come from; absent inside this machine's own window.
  source?: ipaddr,
};
`

/** The Cedar schema (https://docs.cedarpolicy.com/schema/human-readable-schema.html) of everything policies can speak of. */
export function schemaOf({ actions, groups }: Vocabulary): string {
  const declared = groups.map(({ name, summary }) => `/// ${oneLine(summary)}\naction ${JSON.stringify(name)};\n`)
  const operations = actions.map(
    ({ name, summary, groups: memberOf }) =>
      `/// ${oneLine(summary)}\naction ${JSON.stringify(name)} in [${memberOf.map((group) => `Action::${JSON.stringify(group)}`).join(', ')}]` +
      ' appliesTo { principal: [Identity], resource: [Resource], context: Circumstances };\n',
  )
  return [entities, ...declared, ...operations].join('\n')
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')
