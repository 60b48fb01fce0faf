/** A decoded Protocol Buffers message: every value of each field, in order. */
export type Message = { readonly [name: string]: readonly (string | bigint | Message)[] }

type FieldKind = 'string' | 'varint' | 'fixed64' | 'message'
/** By field number: the kind, the name, and for a message its own schema. */
export type Schema = { readonly [field: number]: readonly [FieldKind, string, (() => Schema)?] }

const wireOf: Readonly<Record<FieldKind, number>> = { varint: 0, fixed64: 1, string: 2, message: 2 }

/** Decodes strictly: an unknown field, another wire type, or invalid UTF-8 is an error. */
export function decode(schema: Schema, data: Buffer): Message {
  const message: Record<string, (string | bigint | Message)[]> = {}
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = data[at++]
      if (byte === undefined) throw new Error('A varint is cut.')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Error('A varint is too long.')
  }
  const take = (length: number): Buffer => {
    if (at + length > data.length) throw new Error('A field is cut.')
    at += length
    return data.subarray(at - length, at)
  }
  while (at < data.length) {
    const key = Number(varint())
    const field = schema[key >> 3]
    if (field === undefined) throw new Error(`Field ${key >> 3} is not known here.`)
    const [kind, name, inner] = field
    if ((key & 7) !== wireOf[kind]) throw new Error(`Field ${name} has wire type ${key & 7}.`)
    message[name] ??= []
    message[name].push(read(kind, inner, varint, take))
  }
  return message
}

function read(
  kind: FieldKind,
  inner: (() => Schema) | undefined,
  varint: () => bigint,
  take: (length: number) => Buffer,
): string | bigint | Message {
  if (kind === 'varint') return varint()
  if (kind === 'fixed64') return take(8).readBigUInt64LE()
  const bytes = take(Number(varint()))
  if (kind === 'message') return decode(inner?.() ?? {}, bytes)
  return new TextDecoder('utf8', { fatal: true }).decode(bytes)
}
