/** Fields of a Protocol Buffers message (protobuf.dev, Encoding), as far as OTLP logs need them. */
export type Field = Buffer

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    const more = rest > 0x7fn
    bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

const tag = (field: number, wire: 0 | 1 | 2): Buffer => varint(BigInt((field << 3) | wire))

export const integer = (field: number, value: number): Field => Buffer.concat([tag(field, 0), varint(BigInt(value))])

export const text = (field: number, value: string): Field => bytes(field, Buffer.from(value, 'utf8'))

export const message = (field: number, fields: readonly Field[]): Field => bytes(field, Buffer.concat(fields))

export function fixed64(field: number, value: bigint): Field {
  const data = Buffer.alloc(8)
  data.writeBigUInt64LE(value)
  return Buffer.concat([tag(field, 1), data])
}

const bytes = (field: number, value: Buffer): Field =>
  Buffer.concat([tag(field, 2), varint(BigInt(value.length)), value])

/** The fields of a message: numbers for varints, bytes for the rest. Throws RangeError where it is cut. */
export function* readFields(data: Buffer): Generator<readonly [field: number, value: bigint | Buffer]> {
  for (let at = 0; at < data.length; ) {
    const [key, afterKey] = readVarint(data, at)
    const wire = Number(key & 7n)
    const field = Number(key >> 3n)
    if (wire === 0) {
      const [value, next] = readVarint(data, afterKey)
      yield [field, value]
      at = next
      continue
    }
    const [length, from] = wire === 2 ? readVarint(data, afterKey) : [wire === 1 ? 8n : 4n, afterKey]
    at = from + Number(length)
    if (at > data.length || (wire !== 1 && wire !== 2 && wire !== 5)) throw new RangeError('This is not protobuf.')
    yield [field, data.subarray(from, at)]
  }
}

function readVarint(data: Buffer, from: number): readonly [bigint, number] {
  let value = 0n
  for (let at = from; at < from + 10; at++) {
    const byte = data[at]
    if (byte === undefined) break
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - from))
    if (byte < 0x80) return [value, at + 1]
  }
  throw new RangeError('A number is cut.')
}
