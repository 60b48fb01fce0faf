import { type Named, within } from './object-name.ts'

/** A certificate with its chain, leaf first, and its private key; PEM. */
export type KeyedCertificate = { readonly certificate: string; readonly privateKey: string }

/** What references to secrets and config maps mean, by name (`namespace/name` outside the namespace `default`). */
export type GatewayApiSecrets = {
  readonly certificates: ReadonlyMap<string, KeyedCertificate>
  readonly authorities: ReadonlyMap<string, string>
}

type Place = { readonly namespace: string | undefined; readonly document: number; readonly path: string }
type Tell = (document: number, path: string, message: string) => void

export type References = ReturnType<typeof createReferences>

/** Finds what references mean, tells of those that mean nothing, and remembers the others. */
export function createReferences({ certificates, authorities }: GatewayApiSecrets, tell: Tell) {
  const used = new Set<string>()
  const find =
    <T>(all: ReadonlyMap<string, T>, missing: (name: string) => string) =>
    (refs: readonly Named[], { namespace, document, path }: Place): T[] =>
      refs.flatMap((ref, index) => {
        const name = within(ref, namespace)
        const found = all.get(name)
        if (found === undefined) {
          // A lone reference is a field, not a list.
          tell(document, path.endsWith('Ref') ? path : `${path}.${index}`, missing(name))
          return []
        }
        used.add(name)
        return [found]
      })
  return {
    used,
    certificates: find(
      certificates,
      (name) => `There is no certificate with a private key called “${name}”. Add it under Certificates.`,
    ),
    authorities: find(authorities, (name) => `There is no authority called “${name}”. Add it under Certificates.`),
  }
}
