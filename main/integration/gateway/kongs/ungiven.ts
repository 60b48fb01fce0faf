import type { Tell } from '../export/plan.ts'
import type { PlaneConfig } from '../plane/config.ts'

/** What a Kong that is driven from here is not given. It has no place of its own for it either: its configuration is whole. */
export function tellUngiven({ listeners, backends, consumers, jwtProviders }: PlaneConfig, tell: Tell): void {
  for (const { name, protocol } of listeners)
    if (protocol === 'https')
      tell(
        name,
        'Its private keys stay in the vault: Kong serves with the certificate that kong.conf names (ssl_cert).',
      )
  for (const { name, tls } of backends)
    if (tls?.clientCertificate)
      tell(name, 'The private key of its client certificate stays in the vault: Kong shows it that of kong.conf.')
  for (const { name } of consumers)
    tell(name, 'Only hashes of its credentials are known, which Kong cannot use: it does not get in there.')
  for (const { name } of jwtProviders) tell(name, 'Who issues tokens is not carried over.')
}
