/** The reserved words of Cedar (https://docs.cedarpolicy.com/policies/syntax-grammar.html). */
export const keywords: ReadonlySet<string> = new Set(
  'permit forbid when unless in has like is if then else true false'.split(' '),
)

/** What every policy can speak of. */
export const variables: ReadonlySet<string> = new Set(['principal', 'action', 'resource', 'context'])
