import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Client } from 'ldapts'
import type { Certificate } from './certificates.ts'
import { eventually, freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export type SlapdRecipe = {
  /** For LDAPS and StartTLS. Without it there is only plain LDAP. */
  readonly tls?: Certificate
  /** Entries besides the seed: DN and attributes. */
  readonly entries?: readonly (readonly [string, Readonly<Record<string, string | string[]>>])[]
}

export type Slapd = Peer & {
  /** `ldap://localhost:…`; StartTLS if it has a certificate. */
  readonly url: string
  readonly ldapsUrl: string
  readonly port: number
  readonly baseDn: string
  readonly peopleDn: string
  readonly groupsDn: string
  readonly adminDn: string
  readonly adminPassword: string
  /** Adds entries later, as the administrator. */
  add(entries: NonNullable<SlapdRecipe['entries']>): Promise<void>
}

const baseDn = 'dc=ops,dc=test'
const peopleDn = `ou=people,${baseDn}`
const groupsDn = `ou=groups,${baseDn}`
const adminDn = `cn=admin,${baseDn}`
const adminPassword = 'secret'

/** Eve's login tries to be a filter, and her DN needs every escape of RFC 4514. */
export const eveLogin = 'eve*)(uid=*'
const eveDn = `cn=Eve \\"Ö\\" O'Neil\\, Jr. \\+ \\<x\\>,${peopleDn}`

const person = (uid: string, cn: string, sn: string, password: string, mail?: string) => ({
  objectClass: 'inetOrgPerson',
  uid,
  cn,
  sn,
  userPassword: password,
  ...(mail === undefined ? {} : { mail }),
})

const group = (cn: string, member: string | string[]) => ({ objectClass: 'groupOfNames', cn, member })
const anaDn = `uid=ana,${peopleDn}`
const groupDn = (cn: string) => `cn=${cn},${groupsDn}`

/**
 * Ana is in `sre` ⊂ `platform` ⊂ `engineering` ⊂ `sre`: groups in a circle. Aud is in a group whose name needs
 * escapes, and in one outside the groups.
 */
const seed: NonNullable<SlapdRecipe['entries']> = [
  [baseDn, { objectClass: 'domain', dc: 'ops' }],
  [peopleDn, { objectClass: 'organizationalUnit', ou: 'people' }],
  [groupsDn, { objectClass: 'organizationalUnit', ou: 'groups' }],
  [`ou=elsewhere,${baseDn}`, { objectClass: 'organizationalUnit', ou: 'elsewhere' }],
  [anaDn, person('ana', 'Ana Sre', 'Sre', 'ana-pw', 'ana@ops.test')],
  [`uid=aud,${peopleDn}`, person('aud', 'Aud Itor', 'Itor', 'aud-pw')],
  [`uid=jürgen,${peopleDn}`, person('jürgen', 'Jürgen Größe', 'Größe', 'pässwörd', 'juergen@ops.test')],
  [eveDn, person(eveLogin, `Eve "Ö" O'Neil, Jr. + <x>`, "O'Neil", 'eve-pw')],
  [groupDn('sre'), group('sre', [anaDn, groupDn('engineering')])],
  [groupDn('platform'), group('platform', groupDn('sre'))],
  [groupDn('engineering'), group('engineering', groupDn('platform'))],
  [groupDn('on call\\, (EU)*'), group('on call, (EU)*', [`uid=aud,${peopleDn}`, eveDn])],
  [`cn=admins,ou=elsewhere,${baseDn}`, group('admins', `uid=aud,${peopleDn}`)],
]

/** A real OpenLDAP with the memberOf overlay; people read with their own password, nobody reads anonymously. */
export async function startSlapd(recipe: SlapdRecipe = {}): Promise<Slapd> {
  const directory = await temporaryDirectory('slapd')
  const [port, securePort] = [await freePort(), await freePort()]
  await writeConfiguration(directory, recipe.tls)
  const listeners = [`ldap://127.0.0.1:${port}`, ...(recipe.tls ? [`ldaps://127.0.0.1:${securePort}`] : [])]
  const peer = await startPeer({
    name: 'slapd',
    command: 'slapd',
    // A debug level, even 0, keeps it in the foreground.
    args: ['-d', '0', '-f', join(directory, 'slapd.conf'), '-h', listeners.join(' ')],
    url: `ldap://localhost:${port}`,
    directory,
    ready: () => accepts(port),
  })
  const add: Slapd['add'] = (entries) => addEntries(peer.url, entries)
  try {
    await add([...seed, ...(recipe.entries ?? [])])
  } catch (error) {
    await peer.stop()
    throw error
  }
  const names = { baseDn, peopleDn, groupsDn, adminDn, adminPassword }
  return { ...peer, ...names, port, ldapsUrl: `ldaps://localhost:${securePort}`, add }
}

async function writeConfiguration(directory: string, tls: Certificate | undefined): Promise<void> {
  await mkdir(join(directory, 'db'))
  if (tls !== undefined) {
    await writeFile(join(directory, 'tls.crt'), tls.cert)
    await writeFile(join(directory, 'tls.key'), tls.key, { mode: 0o600 })
  }
  const schemas = ['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  const secured = [
    `TLSCertificateFile ${join(directory, 'tls.crt')}`,
    `TLSCertificateKeyFile ${join(directory, 'tls.key')}`,
  ]
  const lines = [
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload memberof',
    ...schemas,
    ...(tls === undefined ? [] : secured),
    'database mdb',
    `suffix "${baseDn}"`,
    `rootdn "${adminDn}"`,
    `rootpw ${adminPassword}`,
    `directory ${join(directory, 'db')}`,
    'index objectClass,uid,member eq',
    'overlay memberof',
    'access to attrs=userPassword by self write by anonymous auth by * none',
    'access to * by users read by * none',
  ]
  await writeFile(join(directory, 'slapd.conf'), `${lines.join('\n')}\n`, { mode: 0o600 })
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

async function addEntries(url: string, entries: NonNullable<SlapdRecipe['entries']>): Promise<void> {
  const client = new Client({ url, timeout: 5_000 })
  await eventually(() => client.bind(adminDn, adminPassword).then(() => true))
  for (const [dn, attributes] of entries) await client.add(dn, { ...attributes })
  await client.unbind()
}
