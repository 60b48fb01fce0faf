import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ConsumerConfig, PlaneConfig, RuleConfig } from './config.ts'
import { hashApiKey, passwordFits } from './credentials.ts'
import { createTokens } from './tokens.ts'

type Auth = NonNullable<RuleConfig['auth']>
type Scheme = Auth['schemes'][number]

/** `consumer` is null for somebody a token vouches for whom no consumer names; `subject` tells them apart. */
export type Caller = { readonly consumer: string | null; readonly subject: string }
export type AuthResult =
  | { readonly kind: 'known'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly reason: string; readonly challenge: string | null }

/** What is looked at: the headers, and the common name of a client certificate that was verified. */
export type Shown = { readonly headers: IncomingHttpHeaders; readonly certificateSubject: string | null }

/** Why one scheme did not know the caller; null when nothing was shown for it. */
type Outcome = Caller | { readonly wrong: string } | null

const passwordKnownMs = 300_000
const passwordsKnown = 2_000
const checksAtOnce = 8

export type Authenticator = (auth: Auth, shown: Shown) => AuthResult | Promise<AuthResult>

/** Answers at once where it can (API keys, certificates, what was verified before), with a promise otherwise. */
export function createAuthenticator(config: Pick<PlaneConfig, 'consumers' | 'jwtProviders'>): Authenticator {
  const byKey = new Map(
    config.consumers.flatMap(({ name, apiKeyHashes }) => apiKeyHashes.map((hash) => [hash, name] as const)),
  )
  const bySubject = new Map(
    config.consumers.flatMap(({ name, certificateSubjects }) =>
      certificateSubjects.map((subject) => [subject, name] as const),
    ),
  )
  const basic = createBasic(config.consumers)
  const tokens = createTokens(config)
  const ask = (scheme: Scheme, shown: Shown): Outcome | Promise<Outcome> => {
    if (scheme.kind === 'apiKey') return apiKeyOf(shown.headers[scheme.header.toLowerCase()], byKey)
    if (scheme.kind === 'mtls') return certificateOf(shown.certificateSubject, bySubject)
    const { authorization = '' } = shown.headers
    return scheme.kind === 'basic' ? basic(authorization) : tokens(scheme.provider, authorization)
  }
  return (auth, shown) => {
    let wrong: string | null = null
    for (const [index, scheme] of auth.schemes.entries()) {
      const outcome = ask(scheme, shown)
      if (outcome instanceof Promise) return rest(auth, index, outcome, shown, ask, wrong)
      if (outcome !== null && 'subject' in outcome) return admit(auth, outcome)
      wrong ??= outcome?.wrong ?? null
    }
    return refuse(auth, wrong)
  }
}

async function rest(
  auth: Auth,
  from: number,
  first: Promise<Outcome>,
  shown: Shown,
  ask: (scheme: Scheme, shown: Shown) => Outcome | Promise<Outcome>,
  before: string | null,
): Promise<AuthResult> {
  let wrong = before
  for (const [index, scheme] of auth.schemes.entries()) {
    if (index < from) continue
    const outcome = await (index === from ? first : ask(scheme, shown))
    if (outcome !== null && 'subject' in outcome) return admit(auth, outcome)
    wrong ??= outcome?.wrong ?? null
  }
  return refuse(auth, wrong)
}

function admit({ consumers }: Auth, caller: Caller): AuthResult {
  if (consumers === undefined || (caller.consumer !== null && consumers.includes(caller.consumer)))
    return { kind: 'known', caller }
  return { kind: 'refused', status: 403, reason: 'this consumer is not allowed here', challenge: null }
}

function refuse({ schemes }: Auth, wrong: string | null): AuthResult {
  const challenge = [...new Set(schemes.map(challengeOf))].join(', ')
  return { kind: 'refused', status: 401, reason: wrong ?? 'no credentials', challenge }
}

/** A 401 says how to be let in (RFC 9110 §11.6.1), also by a scheme that nobody registered. */
function challengeOf(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'basic':
      return 'Basic realm="gateway", charset="UTF-8"'
    case 'jwt':
      return 'Bearer'
    case 'apiKey':
      return `APIKey realm="gateway", header="${scheme.header.toLowerCase()}"`
    case 'mtls':
      return 'Certificate realm="gateway"'
  }
}

function apiKeyOf(value: string | string[] | undefined, byKey: ReadonlyMap<string, string>): Outcome {
  if (typeof value !== 'string' || value === '') return null
  const consumer = byKey.get(hashApiKey(value))
  return consumer === undefined ? { wrong: 'unknown API key' } : { consumer, subject: consumer }
}

function certificateOf(subject: string | null, bySubject: ReadonlyMap<string, string>): Outcome {
  if (subject === null) return null
  const consumer = bySubject.get(subject)
  return consumer === undefined ? { wrong: 'unknown client certificate' } : { consumer, subject: consumer }
}

/** Passwords that were right are remembered (as a digest) for five minutes: scrypt is slow on purpose. */
function createBasic(consumers: readonly ConsumerConfig[]) {
  const byUser = new Map(
    consumers.flatMap(({ name, basic }) =>
      basic.map(({ user, passwordHash }) => [user, { name, passwordHash }] as const),
    ),
  )
  const right = new Map<string, { readonly consumer: string; readonly until: number }>()
  let checking = 0
  const check = async (
    password: string,
    entry: { name: string; passwordHash: string },
    digest: string,
  ): Promise<Outcome> => {
    if (checking >= checksAtOnce) return { wrong: 'too many passwords at once' }
    checking++
    try {
      if (!(await passwordFits(password, entry.passwordHash))) return { wrong: 'wrong password' }
    } finally {
      checking--
    }
    if (right.size >= passwordsKnown) right.clear()
    right.set(digest, { consumer: entry.name, until: Date.now() + passwordKnownMs })
    return { consumer: entry.name, subject: entry.name }
  }
  return (authorization: string): Outcome | Promise<Outcome> => {
    if (!/^basic /i.test(authorization)) return null
    const digest = createHash('sha256').update(authorization).digest('base64')
    const known = right.get(digest)
    if (known && known.until > Date.now()) return { consumer: known.consumer, subject: known.consumer }
    const pair = Buffer.from(authorization.slice(6), 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    const entry = byUser.get(pair.slice(0, Math.max(0, colon)))
    if (colon < 0 || entry === undefined) return { wrong: 'unknown user' }
    return check(pair.slice(colon + 1), entry, digest)
  }
}
