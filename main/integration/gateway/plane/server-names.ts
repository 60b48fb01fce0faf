import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { ListenerConfig } from './config.ts'
import { atHost, createHostMap, firstAtHost, type HostMap } from './hostnames.ts'

type Certified = Pick<ListenerConfig, 'certificates' | 'clientAuthorities'>

const contextOptions = ({ certificates, clientAuthorities }: Certified) => ({
  cert: certificates.map(({ certificate }) => certificate),
  key: certificates.map(({ privateKey }) => privateKey),
  minVersion: 'TLSv1.2' as const,
  ...(clientAuthorities.length > 0 ? { ca: [...clientAuthorities] } : {}),
})

/** The certificates of a listener, those for the same names together: they have keys of several kinds. */
const byNames = ({ certificates }: Certified): Map<string, Certified['certificates']> =>
  Map.groupBy(certificates, ({ certificate }) => namesOf(certificate).join(' '))

/** What is shown to a client that asks for no name. */
export function unnamedOptions(listener: Certified) {
  const [first = []] = byNames(listener).values()
  return contextOptions({ ...listener, certificates: first })
}

export type ServerNames = (name: string) => SecureContext | null

/**
 * Which certificate is shown to whom: of the listener that the name asked for belongs to, the one that is for this name,
 * else its first.
 * @throws when a certificate does not parse or does not belong to its key.
 */
export function serverNames(listeners: readonly ListenerConfig[]): ServerNames {
  const doors = createHostMap<ServerNames>()
  for (const listener of listeners) atHost(doors, listener.hostname, () => namesOfOne(listener))
  return (name) => firstAtHost(doors, name, (door) => door(name))
}

function namesOfOne(listener: ListenerConfig): ServerNames {
  const contexts: HostMap<SecureContext> = createHostMap()
  let first: SecureContext | null = null
  for (const [names, certificates] of byNames(listener)) {
    const context = createSecureContext(contextOptions({ ...listener, certificates }))
    first ??= context
    for (const name of names.split(' ')) if (name !== '') atHost(contexts, name, () => context)
  }
  return (name) => firstAtHost(contexts, name, (context) => context) ?? first
}

const namesOf = (certificate: string): string[] =>
  [...(new X509Certificate(certificate).subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) =>
    name.toLowerCase(),
  )
