type Page = {
  readonly protocol: string
  readonly host: string
  readonly port: string
  readonly secure: boolean
  readonly supported: boolean
}

const isAddress = (host: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.startsWith('[')
const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '[::1]'

/** Why WebAuthn refuses a page, as a sentence: it wants https (or this machine), and a name instead of a number. */
export function obstacleOf({ protocol, host, port, secure, supported }: Page): string | null {
  if (protocol === 'app:')
    return 'The desktop window has no web address that a passkey could be bound to. Open the workspace in a browser.'
  if (!secure) return 'Passkeys need https: this page came over a connection that others can read.'
  if (isAddress(host)) {
    const named = isLoopback(host) ? `http://localhost${port === '' ? '' : `:${port}`}` : 'its name'
    return `A passkey is bound to a name, and this page is open at the number ${host}. Open it at ${named}.`
  }
  return supported ? null : 'This browser has no passkeys.'
}
