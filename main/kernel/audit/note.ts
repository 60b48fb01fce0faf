import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** A public key of the log as C2SP signed-note names it. */
export type NoteKey = {
  /** Of whoever signs; for us the origin of the log. */
  readonly name: string
  /** First four bytes of SHA-256 over name, line feed, 0x01 and the key; hexadecimal. */
  readonly id: string
  /** The 32 bytes of the Ed25519 key, base64. */
  readonly publicKey: string
}

/** The text of a C2SP tlog-checkpoint. */
export type Head = {
  /** Names the log, for all times. */
  readonly origin: string
  readonly size: number
  /** Hexadecimal. */
  readonly root: string
  readonly at: string
}

/** A signed checkpoint, taken apart. Nothing is verified yet. */
export type SignedHead = Head & { readonly text: string; readonly signatures: readonly NoteSignature[] }

type NoteSignature = { readonly name: string; readonly id: string; readonly signature: Buffer }

const ed25519 = Buffer.of(1)
/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

export const originOf = (logId: string): string => `framework0/${logId}`

/** @param key an Ed25519 key, private or public. */
export function noteKey(name: string, key: KeyObject): NoteKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return noteKeyOf(name, publicKey.export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length))
}

export const noteKeyOf = (name: string, bytes: Buffer): NoteKey => ({
  name,
  id: createHash('sha256').update(`${name}\n`).update(ed25519).update(bytes).digest().subarray(0, 4).toString('hex'),
  publicKey: bytes.toString('base64'),
})

/** The verifier key of C2SP signed-note, to be given to whoever wants to check: `name+id+base64(0x01 ‖ key)`. */
export const verifierKey = ({ name, id, publicKey }: NoteKey): string =>
  `${name}+${id}+${Buffer.concat([ed25519, Buffer.from(publicKey, 'base64')]).toString('base64')}`

/** Body of a checkpoint (C2SP tlog-checkpoint). The time is an extension line, so that it is signed too. */
const bodyOf = ({ origin, size, root, at }: Head): string =>
  `${origin}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\nat ${at}\n`

/** The checkpoint as a signed note (C2SP tlog-checkpoint). */
export const signHead = (head: Head, name: string, privateKey: KeyObject): string =>
  signNote(bodyOf(head), name, privateKey)

/** A text as a signed note (C2SP signed-note, Ed25519). @param text ends with a line feed. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const signature = sign(null, Buffer.from(text), privateKey)
  const line = Buffer.concat([Buffer.from(noteKey(name, privateKey).id, 'hex'), signature]).toString('base64')
  return `${text}\n\u2014 ${name} ${line}\n`
}

/** @returns null for what is not a signed checkpoint. */
export function parseNote(note: string): SignedHead | null {
  const end = note.lastIndexOf('\n\n')
  if (end < 0) return null
  const text = note.slice(0, end + 1)
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n')
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size)) return null
  const rootBytes = Buffer.from(root, 'base64')
  if (rootBytes.length !== 32 || rootBytes.toString('base64') !== root) return null
  const signatures = note
    .slice(end + 2)
    .split('\n')
    .flatMap((line) => signatureIn(line) ?? [])
  const at = extensions.find((line) => line.startsWith('at '))?.slice(3) ?? ''
  return { origin, size: Number(size), root: rootBytes.toString('hex'), at, text, signatures }
}

function signatureIn(line: string): NoteSignature | null {
  const [, name, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? []
  const bytes = Buffer.from(base64 ?? '', 'base64')
  if (name === undefined || bytes.length !== 4 + 64) return null
  return { name, id: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) }
}

/** The key that signed, among those given; null when none of them did. */
export function signerOf(head: SignedHead, keys: readonly NoteKey[]): NoteKey | null {
  for (const { name, id, signature } of head.signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id)
    if (key && verify(null, Buffer.from(head.text), publicKeyOf(key), signature)) return key
  }
  return null
}

export const publicKeyOf = ({ publicKey }: Pick<NoteKey, 'publicKey'>): KeyObject =>
  createPublicKey({
    key: Buffer.concat([spkiPrefix, Buffer.from(publicKey, 'base64')]),
    format: 'der',
    type: 'spki',
  })
