import type { ObjectOf } from './gateway-api-kinds.ts'
import type { FileConfig, OtherGateways } from './gateway-plane.ts'
import { keyOf, within } from './object-name.ts'
import type { PlaneConfigInput } from './plane/config.ts'
import type { References } from './secret-references.ts'

type Placed<K extends 'Gateway' | 'ListenerPolicy'> = { readonly document: number; readonly object: ObjectOf<K> }
type Tell = (document: number | null, path: string, message: string) => void
/** Where a listener stands in its file. */
export type ListenerPlace = { readonly document: number; readonly path: string }

export function listenersOf(
  { document, object }: Placed<'Gateway'>,
  references: References,
  tell: Tell,
): PlaneConfigInput['listeners'] {
  const { metadata, spec } = object
  const { namespace } = metadata
  const host = spec.addresses?.[0]?.value
  return spec.listeners.map((listener, index) => {
    const at = `spec.listeners.${index}`
    const { tls } = listener
    const certificates = references.certificates(tls?.certificateRefs ?? [], {
      ...{ namespace, document, path: `${at}.tls.certificateRefs` },
    })
    const authorities = references.authorities(tls?.frontendValidation?.caCertificateRefs ?? [], {
      ...{ namespace, document, path: `${at}.tls.frontendValidation.caCertificateRefs` },
    })
    if (listener.protocol === 'HTTPS' && !tls) tell(document, `${at}.tls`, 'A listener of HTTPS needs certificateRefs.')
    if (listener.protocol === 'HTTP' && tls) tell(document, `${at}.tls`, 'A listener of HTTP has no TLS.')
    return {
      name: `${keyOf(metadata)}/${listener.name}`,
      port: listener.port,
      protocol: listener.protocol === 'HTTPS' ? ('https' as const) : ('http' as const),
      certificates,
      clientAuthorities: authorities,
      clientCertificate: authorities.length > 0 ? ('required' as const) : ('none' as const),
      ...(host === undefined ? {} : { host }),
      ...(listener.hostname === undefined ? {} : { hostname: listener.hostname }),
    }
  })
}

/** Where each listener stands, by its name. */
export const placesOf = (gateways: readonly Placed<'Gateway'>[]): ReadonlyMap<string, ListenerPlace> =>
  new Map(
    gateways.flatMap(({ document, object: { metadata, spec } }) =>
      spec.listeners.map(
        ({ name }, index) => [`${keyOf(metadata)}/${name}`, { document, path: `spec.listeners.${index}` }] as const,
      ),
    ),
  )

const ownClass = 'framework0'
const classes: Readonly<Partial<Record<string, OtherGateways>>> = { envoy: 'envoys', kong: 'kongs' }
const served: Readonly<Record<OtherGateways, string>> = { envoys: 'Envoys', kongs: 'Kong' }

/** The class of its Gateways says who serves a file; all of it, since a route may belong to several of them. */
export function servedBy(gateways: readonly Placed<'Gateway'>[], tell: Tell): FileConfig['servedBy'] {
  const by = ({ object }: Placed<'Gateway'>) => classes[object.spec.gatewayClassName]
  for (const gateway of gateways) {
    const { gatewayClassName: name } = gateway.object.spec
    if (name !== ownClass && by(gateway) === undefined)
      tell(gateway.document, 'spec.gatewayClassName', unknownClass(name))
  }
  const others = gateways.map(by).find((each) => each !== undefined)
  if (others === undefined) return undefined
  for (const gateway of gateways)
    if (by(gateway) !== others)
      tell(
        gateway.document,
        'spec.gatewayClassName',
        `Another Gateway of this file is served by ${served[others]}. Put it into another file.`,
      )
  return others
}

const unknownClass = (name: string): string =>
  `There is no gateway of the class “${name}”. Use framework0 (the gateway of this machine), envoy or kong.`

type Listeners = PlaneConfigInput['listeners']

/** The listeners with what ListenerPolicies say: of every listener of a Gateway, or of the one that `sectionName` names. */
export function withPolicies(
  listeners: Listeners,
  policies: readonly Placed<'ListenerPolicy'>[],
  tell: Tell,
): Listeners {
  const said = new Map<string, Partial<Listeners[number]>>()
  for (const { document, object } of policies) {
    const { targetRefs, ...policy } = object.spec
    targetRefs.forEach((ref, index) => {
      const at = `spec.targetRefs.${index}`
      const key = within({ name: ref.name }, object.metadata.namespace)
      const targets = listeners.filter(
        ({ name }) =>
          name.startsWith(`${key}/`) && (ref.sectionName ?? name.slice(key.length + 1)) === name.slice(key.length + 1),
      )
      if (targets.length === 0) tell(document, at, `There is no such listener at a Gateway “${key}”.`)
      for (const { name } of targets) {
        if (said.has(name)) tell(document, at, `Another ListenerPolicy already governs “${name}”.`)
        said.set(name, policy)
      }
    })
  }
  return listeners.map((listener) => ({ ...listener, ...said.get(listener.name) }))
}
