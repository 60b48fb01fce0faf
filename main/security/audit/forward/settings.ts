import { authenticationHeaders, type Endpoint, tlsOptions } from '#main/engines/http/endpoint.ts'
import { parsePostUrl } from '#main/engines/http/post.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Forwarder, ForwarderInput } from '#preload/security/audit-delivery.ts'

/** What is stored in the open and shown again. */
export type ForwarderSettings = Forwarder['settings']

/** The one secret a forwarder can have; its kind tells what it is. */
export const secretId = (id: string): string => `audit-forwarder/${id}`

/** The secret somebody typed: a text, '' to take it away, null to keep what there is. */
export function typedSecret(input: ForwarderInput): string | null {
  if (input.kind === 'otlp') return input.header === undefined ? null : input.header.value
  return (input.kind === 'syslog' ? input.key : input.signingSecret) ?? null
}

export function hasSecret(settings: ForwarderSettings): boolean {
  if (settings.kind === 'otlp') return settings.headerName !== null
  return settings.kind === 'syslog' ? settings.hasKey : settings.hasSigningSecret
}

/** The settings without their secret. `before` is what they replace. */
export function withoutSecret(input: ForwarderInput, before: ForwarderSettings | null): ForwarderSettings {
  const typed = typedSecret(input)
  const has = typed === null ? before !== null && hasSecret(before) : typed !== ''
  if (input.kind === 'otlp') {
    const { header, ...open } = input
    const kept = before?.kind === 'otlp' ? before.headerName : null
    return { ...open, headerName: has ? (header?.name ?? kept) : null }
  }
  if (input.kind === 'syslog') {
    const { key: _, ...open } = input
    return { ...open, hasKey: has && Boolean(input.certificate?.trim()) }
  }
  const { signingSecret: _, ...open } = input
  return { ...open, hasSigningSecret: has }
}

/** Refuses what cannot work, or would show a secret. `secret` is the one that would be used. @throws AppError `invalid`. */
export function checkSettings(settings: ForwarderSettings, secret: string | null): void {
  if (settings.kind === 'syslog') {
    if (/[\s/@]/.test(settings.host)) throw new AppError('invalid', 'This is not a host name.', { at: 'host' })
    tlsOptions(trustOf(settings, secret))
    return
  }
  const url = parsePostUrl(settings.url)
  tlsOptions(trustOf(settings, secret))
  if (settings.kind !== 'otlp' || settings.headerName === null) return
  authenticationHeaders({ kind: 'header', name: settings.headerName, value: secret ?? '' })
  if (url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
    throw new AppError('invalid', 'A secret is not sent without TLS.', {
      hint: 'Begin the URL with https://, or leave the header out.',
      at: 'url',
    })
}

/** The TLS trust of a forwarder: with a CA only that authority is trusted. */
export function trustOf(settings: ForwarderSettings, secret: string | null): Endpoint['tls'] {
  const ca = settings.ca?.trim() ? { ca: settings.ca } : {}
  if (settings.kind !== 'syslog') return ca
  const cert = settings.certificate?.trim() ? { cert: settings.certificate } : {}
  return { ...ca, ...cert, ...(settings.hasKey && secret !== null ? { key: secret } : {}) }
}

/** A header with a secret must not follow to another server without being typed again. */
export function checkMoved(input: ForwarderInput, settings: ForwarderSettings, before: ForwarderSettings): void {
  if (input.kind !== before.kind)
    throw new AppError('invalid', 'The kind of a forwarder cannot change.', {
      hint: 'Add another forwarder and remove this one.',
      at: 'kind',
    })
  if (input.kind !== 'otlp' || before.kind !== 'otlp' || typedSecret(input) !== null || !hasSecret(settings)) return
  if (parsePostUrl(input.url).origin === parsePostUrl(before.url).origin) return
  throw new AppError('invalid', 'The address changed, so the stored secret is not sent there by itself.', {
    hint: 'Enter the secret again for the new address.',
    at: 'header.value',
  })
}
