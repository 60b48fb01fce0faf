import { randomBytes } from 'node:crypto'
import { SAML } from '@node-saml/node-saml'
import type { ExternalIdentity } from '#main/engines/identity/identity.ts'
import { createOnce } from '#main/engines/identity/once.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import { readAssertion } from './assertion.ts'
import { decodeResponse, inspectResponse, type ResponseShape } from './response.ts'
import { checkSettings, type SamlSettings } from './settings.ts'
import { parseXml, unreadable } from './xml.ts'

/** Kept on the server side between `begin` and `complete`. */
export type PendingSaml = {
  readonly requestId: string
  readonly relayState: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** The fields of the form that the identity provider makes the browser post. */
export type SamlForm = { readonly SAMLResponse: string; readonly RelayState?: string | undefined }

export type Saml = {
  /** Where to send the browser. With `forceAuthn` the person has to prove who they are again, for a step-up. */
  begin(options?: {
    readonly signal?: AbortSignal | undefined
    readonly forceAuthn?: boolean
  }): Promise<{ readonly url: string; readonly pending: PendingSaml }>
  /** What the browser posted to the callback. `pending` is spent, whatever the outcome. */
  complete(pending: PendingSaml, form: SamlForm): Promise<ExternalIdentity>
  /** The metadata of this application, to be given to the identity provider (XML). */
  metadata(): string
}

const pendingMs = 10 * 60_000

/**
 * Sign-in by SAML 2.0, web browser SSO profile (SAML Profiles 2.0, §4.1): HTTP-Redirect out, HTTP-POST back. The
 * response or its assertion must be signed, and every signature that is there must verify; node-saml verifies them
 * over a response whose shape was inspected before, and everything read afterwards is what they were verified over.
 * Throws `invalid` for settings, `unauthenticated` for what the provider sends.
 */
export function createSaml(settings: SamlSettings, { clock }: { readonly clock: Clock }): Saml {
  checkSettings(settings)
  const once = createOnce(clock)

  return {
    begin: async ({ signal, forceAuthn = false } = {}) => {
      if (signal?.aborted) throw new AppError('cancelled', 'The request was cancelled.')
      // An xs:ID must not begin with a digit.
      const requestId = `_${randomBytes(20).toString('hex')}`
      const relayState = randomBytes(24).toString('base64url')
      const sp = serviceProvider(settings, { forceAuthn, generateUniqueId: () => requestId })
      const url = await sp.getAuthorizeUrlAsync(relayState, undefined, {})
      return { url, pending: { requestId, relayState, expiresAt: clock.now() + pendingMs } }
    },

    complete: async (pending, form) => {
      if (!once.spend(pending.requestId, pending.expiresAt)) throw ended('was completed before')
      if (pending.expiresAt <= clock.now()) throw ended('took longer than ten minutes')
      if (form.RelayState !== pending.relayState) throw ended('was begun by another window (RelayState)')
      const shape = inspectResponse(decodeResponse(form.SAMLResponse), { ...settings, requestId: pending.requestId })
      const verified = await verifiedAssertion(settings, shape, form.SAMLResponse)
      const expected = { settings, requestId: pending.requestId, now: clock.now() }
      const { id, replayableUntil, identity } = readAssertion(parseXml(verified), expected)
      if (!once.spend(`assertion ${id}`, replayableUntil)) throw ended('was completed before with this assertion')
      return identity
    },

    metadata: () => serviceProvider(settings, {}).generateServiceProviderMetadata(null, null),
  }
}

/** The XML of the assertion, as it was canonicalized under the signature that verified. */
async function verifiedAssertion(settings: SamlSettings, shape: ResponseShape, encoded: string): Promise<string> {
  const sp = serviceProvider(settings, {
    wantAuthnResponseSigned: shape.responseSigned,
    wantAssertionsSigned: shape.assertionSigned,
  })
  const { profile } = await sp.validatePostResponseAsync({ SAMLResponse: encoded }).catch((thrown: unknown) => {
    throw /signature/i.test(thrown instanceof Error ? thrown.message : '')
      ? unverified(thrown)
      : unreadable('lacks what SAML asks for')
  })
  const xml = profile?.getAssertionXml?.()
  if (xml === undefined) throw unreadable('holds no assertion')
  return xml
}

const unverified = (cause: unknown): AppError =>
  new AppError('unauthenticated', 'The signature of the SAML response does not verify.', {
    hint: 'If the identity provider has a new certificate, add it to the settings; else somebody changed the response.',
    cause,
  })

type Choice = {
  readonly forceAuthn?: boolean
  readonly generateUniqueId?: () => string
  readonly wantAuthnResponseSigned?: boolean
  readonly wantAssertionsSigned?: boolean
}

function serviceProvider(settings: SamlSettings, choice: Choice): SAML {
  return new SAML({
    entryPoint: settings.entryPoint,
    idpIssuer: settings.idpIssuer,
    idpCert: [...settings.idpCertificates],
    issuer: settings.spEntityId,
    callbackUrl: settings.callbackUrl,
    // Asking for a certain context makes providers with a second factor refuse.
    disableRequestedAuthnContext: true,
    identifierFormat: null,
    signatureAlgorithm: 'sha256',
    // Audience, times and InResponseTo are checked in assertion.ts, by our clock and our pending request.
    audience: false,
    acceptedClockSkewMs: -1,
    ...choice,
  })
}

const ended = (why: string): AppError =>
  new AppError('unauthenticated', `This sign-in ${why}, and is not accepted.`, { hint: 'Begin again.' })
