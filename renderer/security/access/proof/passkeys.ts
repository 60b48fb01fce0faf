import { browserSupportsWebAuthn, startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser'
import { AppError } from '#preload/contract/error.ts'
import { api } from '#renderer/rpc/client.ts'
import { obstacleOf } from './passkey-obstacle.ts'

/** Why passkeys cannot be used on this page, as a sentence; null when they can. */
export const passkeyObstacle = (): string | null =>
  obstacleOf({
    protocol: window.location.protocol,
    host: window.location.hostname,
    port: window.location.port,
    secure: window.isSecureContext,
    supported: browserSupportsWebAuthn(),
  })

function refusalOf(thrown: unknown): AppError {
  const name = thrown instanceof Error ? thrown.name : ''
  if (thrown instanceof WebAuthnError && thrown.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
    return new AppError('conflict', 'This key is enrolled already.', { cause: thrown })
  if (name === 'NotAllowedError' || name === 'AbortError')
    return new AppError('cancelled', 'The key was not used: it was cancelled, or it took too long.', {
      hint: 'Try again, and answer the question of the browser.',
      cause: thrown,
    })
  if (name === 'SecurityError')
    return new AppError('unsupported', 'The browser does not let this page use passkeys.', {
      hint: passkeyObstacle() ?? 'Open the workspace at the address that its administrator gave.',
      cause: thrown,
    })
  return new AppError('refused', 'The key could not be used.', {
    hint: thrown instanceof Error ? thrown.message : undefined,
    cause: thrown,
  })
}

/** Has the browser sign with a passkey, and proves with it. @throws AppError */
export async function proveByPasskey() {
  const { options } = await api.access.passkeyChallenge({})
  const response = await startAuthentication({ optionsJSON: JSON.parse(options) }).catch((thrown: unknown) => {
    throw refusalOf(thrown)
  })
  return api.access.prove({ proof: { kind: 'passkey', response: JSON.stringify(response) } })
}

/** Has the browser make a passkey, and enrols it. Answers recovery codes where there were none. @throws AppError */
export async function enrolPasskey(name: string) {
  const { options } = await api.access.beginPasskey({})
  const response = await startRegistration({ optionsJSON: JSON.parse(options) }).catch((thrown: unknown) => {
    throw refusalOf(thrown)
  })
  return api.access.confirmPasskey({ name, response: JSON.stringify(response) })
}
