import { z } from 'zod'
import { command, defineContract, id, instant, nothing, personal, query, secret, stream } from '../contract/define.ts'
import { device, enrolment, recoveryCodes, secondFactors } from './factors.ts'
import { role } from './roles.ts'
import { groupRole, provider, providerInput, signInMethod, signInStep } from './sign-in.ts'

export const vaultStatus = z.object({
  /** `none`: nothing protects secrets yet; a passphrase must be chosen before the first secret is stored. */
  state: z.enum(['none', 'locked', 'unlocked']),
  /** What protects it. */
  by: z.enum(['keychain', 'passphrase']).nullable(),
  /** Why the keychain of this machine is not used; null when it is. */
  keychainUnavailable: z.string().nullable(),
})
export type VaultStatus = z.infer<typeof vaultStatus>

const passphrase = secret().refine((text) => text.length >= 12, 'Use at least 12 characters.')
const reason = z.string().trim().min(1, 'Say why.').max(1_000)

/**
 * `signed-out`: only what is open to anybody can be called. `second-factor`: the identity is known and must still prove
 * a second factor. `locked`: the session waits for its owner to prove it is them. `signed-in`: it may act.
 */
export const sessionState = z.enum(['signed-out', 'second-factor', 'locked', 'signed-in'])
export type SessionState = z.infer<typeof sessionState>

/** What proves that it is you: for step-up, unlocking and the second step of signing in. */
export const proof = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('totp'), code: secret() }),
  z.object({ kind: z.literal('recovery-code'), code: secret() }),
  /** The browser's answer to `passkeyChallenge`, as JSON text. */
  z.object({ kind: z.literal('passkey'), response: secret() }),
  /** For identities that sign in with a password (LDAP). */
  z.object({ kind: z.literal('password'), password: secret() }),
  /** For a personal workspace: the passphrase of its vault. */
  z.object({ kind: z.literal('passphrase'), passphrase: secret() }),
])
export type Proof = z.infer<typeof proof>

/** The session of whoever asks. */
export const me = z.object({
  state: sessionState,
  /** Whether this workspace demands that people sign in. */
  signInRequired: z.boolean(),
  /** The identity; null while signed out. */
  id: z.string().nullable(),
  name: z.string(),
  email: z.string().nullable(),
  roles: z.array(role),
  groups: z.array(z.string()),
  /** How they came in: desktop, browser, command line. */
  via: z.string(),
  session: z.string(),
  /** What this person can prove themselves with, besides signing in again. Never empty while a proof can be asked. */
  proofs: z.array(z.enum(['totp', 'recovery-code', 'passkey', 'password', 'passphrase', 'sign-in'])),
  /** When they last proved it was them; null when they never had to. */
  provenAt: instant.nullable(),
  /** When the session locks by itself if nothing is done, and when it ends whatever is done. */
  locksAt: instant.nullable(),
  endsAt: instant.nullable(),
  /** A temporary elevation by `breakGlass`. */
  elevatedUntil: instant.nullable(),
  /** Set right after signing in from a browser: the page goes to `/session?code=…`, once, and is that session then. */
  exchange: z.string().nullable(),
})
export type Me = z.infer<typeof me>

export const identity = z.object({
  /** `os:<user>`, or a UUID for who came through a provider. Never reused. */
  id: z.string(),
  kind: z.enum(['os', 'oidc', 'ldap', 'saml']),
  /** The provider's own name of itself; empty for `os`. */
  issuer: z.string(),
  name: personal(),
  email: personal().nullable(),
  groups: z.array(z.string()),
  /** Given here, besides what groups give. */
  assignedRoles: z.array(role),
  /** All roles in force: assigned and by group. */
  roles: z.array(role),
  disabled: z.boolean(),
  /** Locked after too many failed attempts, until then; null when not. */
  lockedUntil: instant.nullable(),
  factors: secondFactors,
  createdAt: instant,
  lastSeenAt: instant.nullable(),
  revision: z.number().int(),
})
export type Identity = z.infer<typeof identity>

export const session = z.object({
  id: z.string(),
  identity: z.string(),
  name: z.string(),
  via: z.string(),
  /** Address it came from; null on the desktop. */
  source: z.string().nullable(),
  createdAt: instant,
  lastSeenAt: instant,
  endsAt: instant.nullable(),
  own: z.boolean(),
})
export type Session = z.infer<typeof session>

export const accessSettings = z.object({
  /** Whether people must sign in to use this workspace. */
  signInRequired: z.boolean(),
  /** Whether everybody must have a second factor. */
  secondFactorRequired: z.boolean(),
  /** Minutes without activity after which a session locks. */
  idleMinutes: z
    .number()
    .int()
    .min(1)
    .max(24 * 60),
  /** Hours after which a session ends. */
  absoluteHours: z
    .number()
    .int()
    .min(1)
    .max(24 * 30),
  /** Minutes a proof lasts for dangerous acts. */
  stepUpMinutes: z
    .number()
    .int()
    .min(1)
    .max(24 * 60),
  /** Sessions one identity may have at once. */
  sessionsPerIdentity: z.number().int().min(1).max(100),
  groupRoles: z.array(groupRole).max(500),
  revision: z.number().int(),
})
export type AccessSettings = z.infer<typeof accessSettings>

const verdict = z.object({
  allowed: z.boolean(),
  /** Why not, and which policy says so, as a sentence. */
  reason: z.string().nullable(),
  /** What would make it allowed: a fresh proof, or approvals. Null when allowed, or when nothing would. */
  needs: z.enum(['step_up', 'approval_required', 'sign_in']).nullable(),
  /** The policy that decided. */
  policy: z.string().nullable(),
})

export const access = defineContract({
  area: 'security',
  capability: 'access',
  summary: 'Who you are here, how people sign in, what they may do, and the vault that holds the secrets.',
  operations: {
    // --- your session
    me: query({
      summary: 'Who you are, your roles, and how you came in.',
      input: nothing,
      output: me,
      access: ['open'],
    }),
    verdicts: query({
      summary: 'Which of these operations you may call, and if not, why.',
      input: z.object({
        operations: z.array(z.string()).max(500),
        /** Asked for this environment; for any where it is left out. */
        environment: z.string().optional(),
      }),
      output: z.record(z.string(), verdict),
      access: ['open'],
    }),
    signInMethods: query({
      summary: 'How one can sign in here.',
      input: nothing,
      output: z.array(signInMethod),
      access: ['open'],
    }),
    signIn: stream({
      summary: 'Sign in with a provider: says where to go, waits, and says when it is done.',
      input: z.object({ provider: id, flow: z.enum(['browser', 'device']).default('browser') }),
      output: signInStep,
      access: ['open'],
      audited: true,
    }),
    signInWithPassword: command({
      summary: 'Sign in at a directory with user name and password.',
      input: z.object({ provider: id, login: personal(), password: secret() }),
      output: me,
      access: ['open'],
    }),
    passkeyChallenge: query({
      summary: 'What a passkey of yours must sign, as JSON of WebAuthn’s PublicKeyCredentialRequestOptions.',
      input: nothing,
      output: z.object({ options: z.string() }),
      access: ['open'],
    }),
    prove: command({
      summary: 'Prove that it is you: the second step of signing in, unlocking, or before a dangerous act.',
      input: z.object({ proof }),
      output: me,
      access: ['open'],
    }),
    active: query({
      summary:
        'Say that somebody is there, so that this session does not lock by itself. At most every 30 s is enough.',
      input: nothing,
      output: z.object({ locksAt: instant.nullable() }),
      access: ['self'],
    }),
    lock: command({
      summary: 'Lock this session until you prove it is you.',
      input: nothing,
      output: me,
      access: ['self'],
    }),
    signOut: command({
      summary: 'End this session, and at the provider where it can be.',
      input: nothing,
      output: z.object({ logoutUrl: z.string().nullable() }),
      access: ['open'],
    }),
    breakGlass: command({
      summary: 'Be an administrator for a short while in an emergency. Everybody who is one is told.',
      input: z.object({ reason, minutes: z.number().int().min(5).max(120).default(30) }),
      output: me,
      access: ['sensitive'],
    }),

    // --- your second factors and devices
    // Enrolling is open because whoever must enrol before they are let in is not signed in yet; it answers nobody else.
    beginTotp: command({
      summary: 'Begin to enrol an authenticator app.',
      input: nothing,
      output: enrolment,
      access: ['open', 'self'],
    }),
    confirmTotp: command({
      summary: 'Finish enrolling an authenticator app with its first code. Answers recovery codes, shown once.',
      input: z.object({ code: secret() }),
      output: recoveryCodes,
      access: ['open', 'self'],
    }),
    beginPasskey: command({
      summary: 'Begin to enrol a passkey or security key: JSON of WebAuthn’s PublicKeyCredentialCreationOptions.',
      input: nothing,
      output: z.object({ options: z.string() }),
      access: ['open', 'self'],
    }),
    confirmPasskey: command({
      summary: 'Finish enrolling a passkey. Answers recovery codes, shown once, where there were none.',
      input: z.object({ name: z.string().trim().min(1).max(80), response: secret() }),
      output: recoveryCodes,
      access: ['open', 'self'],
    }),
    factors: query({
      summary: 'Your second factors.',
      input: nothing,
      output: secondFactors,
      access: ['open', 'self'],
    }),
    removeFactor: command({
      summary: 'Remove a second factor of yours.',
      input: z.object({ kind: z.enum(['totp', 'passkey']), id: z.string().optional() }),
      output: secondFactors,
      access: ['self', 'sensitive'],
    }),
    renewRecoveryCodes: command({
      summary: 'Replace your recovery codes. Answers the new ones, shown once.',
      input: nothing,
      output: recoveryCodes,
      access: ['self', 'sensitive'],
    }),
    devices: query({
      summary: 'The devices whose keys sign approvals: yours, or everybody’s for whoever may see identities.',
      input: z.object({ identity: z.string().optional() }),
      output: z.array(device),
      access: ['self'],
    }),
    enrolDevice: command({
      summary: 'Enrol this device’s Ed25519 key, so that it can sign approvals for you.',
      input: z.object({
        name: z.string().trim().min(1).max(80),
        /** Raw 32-byte public key, base64. */
        publicKey: z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'This is not an Ed25519 public key.'),
        /** Signature over `framework0 device enrolment\n<identity id>\n<publicKey>\n`, base64: proves possession. */
        signature: z.string().max(200),
      }),
      output: device,
      access: ['self', 'sensitive'],
    }),
    revokeDevice: command({
      summary: 'Stop accepting a device’s signatures, from now on or from an earlier moment.',
      input: z.object({ id, reason, lostAt: instant.optional() }),
      output: device,
      access: ['self'],
    }),

    // --- everybody
    identities: query({ summary: 'Everybody who is known here.', input: nothing, output: z.array(identity) }),
    setIdentity: command({
      summary: 'Give or take roles, disable or enable somebody.',
      input: z.object({
        id: z.string(),
        assignedRoles: z.array(role),
        disabled: z.boolean(),
        revision: z.number().int(),
      }),
      output: identity,
      access: ['sensitive'],
    }),
    unlockIdentity: command({
      summary: 'Let somebody try to sign in again before their lock ends.',
      input: z.object({ id: z.string() }),
      output: identity,
    }),
    resetFactors: command({
      summary: 'Remove all second factors of somebody who lost theirs, so that they enrol again.',
      input: z.object({ id: z.string(), reason }),
      output: identity,
      access: ['sensitive'],
    }),
    sessions: query({
      summary: 'Sessions: your own, and everybody’s for whoever may end them.',
      input: nothing,
      output: z.array(session),
      access: ['self'],
    }),
    endSession: command({
      summary: 'End a session of yours or, for whoever may, of somebody else.',
      input: z.object({ id: z.string() }),
      output: z.object({ ended: z.boolean() }),
      access: ['self'],
    }),

    // --- how people sign in
    settings: query({ summary: 'What signing in takes here.', input: nothing, output: accessSettings }),
    setSettings: command({
      summary: 'Change what signing in takes. Refused when nobody could sign in as an administrator afterwards.',
      input: accessSettings,
      output: accessSettings,
      access: ['sensitive'],
    }),
    providers: query({ summary: 'The identity providers.', input: nothing, output: z.array(provider) }),
    putProvider: command({
      summary: 'Add or change an identity provider; a secret left out is kept.',
      input: z.object({ id: id.optional(), revision: z.number().int().optional(), provider: providerInput }),
      output: provider,
      access: ['sensitive'],
    }),
    removeProvider: command({
      summary: 'Remove an identity provider. Its identities stay, and cannot sign in.',
      input: z.object({ id }),
      output: z.object({ removed: z.boolean() }),
      access: ['sensitive'],
    }),
    testProvider: stream({
      summary: 'Walk a provider step by step (reach, TLS, metadata, keys or bind) without signing anybody in.',
      input: z.object({ id: id.optional(), provider: providerInput.optional() }),
      output: z.object({
        step: z.string(),
        status: z.enum(['running', 'ok', 'failed', 'skipped']),
        detail: z.string().optional(),
        hint: z.string().optional(),
      }),
    }),
    watch: stream({
      summary: 'Tell whenever your session, identities, settings or policies change.',
      input: nothing,
      output: z.object({ changed: z.enum(['session', 'identities', 'settings', 'policies']) }),
      access: ['open'],
    }),

    // --- the vault
    vault: query({ summary: 'Whether secrets can be stored and read now.', input: nothing, output: vaultStatus }),
    createVault: command({
      summary: 'Choose the passphrase that protects stored secrets.',
      input: z.object({ passphrase }),
      output: vaultStatus,
    }),
    unlockVault: command({
      summary: 'Unlock stored secrets with the passphrase.',
      input: z.object({ passphrase: secret() }),
      output: vaultStatus,
    }),
    lockVault: command({ summary: 'Lock stored secrets again.', input: nothing, output: vaultStatus }),
  },
})
