import { type Clock, iso } from '#main/kernel/clock.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'
import type { GatewayCertificate } from '#preload/integration/gateway.ts'
import { daysLeft, factsOf, type UsableCertificate, usableCertificate } from './certificate.ts'
import { keyId, openKeys } from './certificate-keys.ts'
import type { CertificateStore, StoredCertificate } from './certificate-store.ts'
import type { Changes } from './changes.ts'
import type { ReadFile } from './file.ts'
import type { FileConfig } from './gateway-plane.ts'
import type { GatewayApiSecrets } from './secret-references.ts'

type Files = ReadonlyMap<string, ReadFile>

type Ports = {
  readonly store: CertificateStore
  readonly vault: Pick<Vault, 'open' | 'prepare' | 'remove'>
  readonly clock: Clock
  readonly refusal: string | null
  readonly changes: Changes
  /** Every file of the workspace, read with these. */
  readonly readAll: (secrets: GatewayApiSecrets) => Promise<Files>
  readonly onChange: () => void
}

export type CertificateInput = {
  readonly name: string
  readonly certificate: string
  readonly privateKey: string
  readonly replaces: string | null
}

type Changed = { readonly before: GatewayCertificate | null; readonly after: GatewayCertificate }

/** What files can name; in place of each private key stands where the vault keeps it. */
export const secretsOf = (all: readonly StoredCertificate[]): GatewayApiSecrets => ({
  certificates: new Map(
    all
      .filter(({ hasKey }) => hasKey)
      .map(({ name, chain }) => [name, { certificate: chain, privateKey: keyId(name) }] as const),
  ),
  authorities: new Map(all.filter(({ hasKey }) => !hasKey).map(({ name, chain }) => [name, chain] as const)),
})

/** Certificates that are kept for the gateway: public in the workspace, their keys in the vault. */
export function createCertificates({ store, vault, clock, refusal, changes, readAll, onChange }: Ports) {
  const shown = ({ name, chain, hasKey, updatedAt }: StoredCertificate, files: Files): GatewayCertificate => {
    const facts = factsOf(chain)
    return { name, hasKey, ...facts, daysLeft: daysLeft(facts, clock.now()), usedBy: usersOf(name, files), updatedAt }
  }

  const save = async ({ name, certificate, privateKey, replaces }: CertificateInput): Promise<Changed> => {
    if (refusal !== null) throw new AppError('unsupported', refusal)
    const usable = usableCertificate(certificate, privateKey, clock.now())
    const kept = await store.list()
    const before = kept.find((each) => each.name === name)
    checkReplacement(name, before, replaces, usable)
    const after = { name, chain: usable.chain, hasKey: usable.privateKey !== null, updatedAt: iso(clock.now()) }
    const writeKey = usable.privateKey === null ? async () => {} : await vault.prepare(keyId(name), usable.privateKey)
    const files = await readAll(secretsOf([...kept.filter((each) => each.name !== name), after]))
    const open = async (id: string): Promise<string> =>
      id === keyId(name) && usable.privateKey !== null ? usable.privateKey : vault.open(id)
    const affected = new Map<string, FileConfig>()
    for (const [file, { config, problems, uses }] of files)
      if (uses.has(name) && problems.length === 0) affected.set(file, await openKeys(config, { open }))
    await changes.together(affected, () => store.save(after, writeKey))
    onChange()
    return { before: before ? shown(before, files) : null, after: shown(after, files) }
  }

  const remove = async (name: string): Promise<GatewayCertificate> => {
    const kept = await store.list()
    const before = kept.find((each) => each.name === name)
    if (!before)
      throw new AppError('not_found', `There is no certificate ${name}.`, { hint: 'Somebody may have removed it.' })
    const files = await readAll(secretsOf(kept))
    const users = usersOf(name, files)
    if (users.length > 0)
      throw new AppError('conflict', `${name} is used by ${users.join(', ')}.`, {
        hint: 'Change the file first, or remove it.',
      })
    await store.remove(name)
    await vault.remove([keyId(name)])
    onChange()
    return shown(before, files)
  }

  return {
    secrets: async (): Promise<GatewayApiSecrets> => secretsOf(await store.list()),
    async list(): Promise<GatewayCertificate[]> {
      const kept = await store.list()
      const files = await readAll(secretsOf(kept))
      return kept.map((each) => shown(each, files))
    },
    save: (input: CertificateInput) => changes.inTurn(() => save(input)),
    remove: (name: string) => changes.inTurn(() => remove(name)),
  }
}

const usersOf = (name: string, files: Files): string[] =>
  [...files].filter(([, { uses }]) => uses.has(name)).map(([file]) => file)

function checkReplacement(
  name: string,
  before: StoredCertificate | undefined,
  replaces: string | null,
  { privateKey }: UsableCertificate,
): void {
  const present = before ? factsOf(before.chain).fingerprint : null
  if (present !== replaces)
    throw new AppError(
      'conflict',
      before ? `There is another certificate ${name} already.` : `The certificate ${name} was removed meanwhile.`,
      { at: 'name', hint: before ? 'Replace that one, or choose another name.' : 'Add it again.' },
    )
  if (before && before.hasKey !== (privateKey !== null))
    throw new AppError(
      'invalid',
      before.hasKey ? `${name} needs its private key.` : `${name} is an authority, which has no private key here.`,
      { at: 'privateKey', hint: 'Keep the other one under another name.' },
    )
}
