import type { Socket } from 'node:net'

/** Who a proxy says is calling; null for its own connections (LOCAL, UNKNOWN). */
export type ProxyHeader = { readonly address: string | null; readonly length: number }

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const longest = 107
const waitMs = 5_000

/**
 * Reads a header of the PROXY protocol, version 1 or 2 (HAProxy's proxy-protocol.txt §2).
 * @returns null while it is not complete, 'wrong' when it is none.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'wrong' | null {
  const compared = Math.min(bytes.length, signature.length)
  if (bytes.subarray(0, compared).equals(signature.subarray(0, compared)))
    return compared < 12 ? null : readBinary(bytes)
  if (!'PROXY '.startsWith(bytes.toString('latin1', 0, 6))) return 'wrong'
  const end = bytes.indexOf('\r\n')
  if (end < 0) return bytes.length > longest ? 'wrong' : null
  const text = bytes.toString('latin1', 0, end)
  if (/^PROXY UNKNOWN( |$)/.test(text)) return { address: null, length: end + 2 }
  const [, address] = /^PROXY TCP[46] ([0-9a-fA-F.:]+) [0-9a-fA-F.:]+ \d{1,5} \d{1,5}$/.exec(text) ?? []
  return address === undefined ? 'wrong' : { address, length: end + 2 }
}

function readBinary(bytes: Buffer): ProxyHeader | 'wrong' | null {
  if (bytes.length < 16) return null
  const command = bytes.readUInt8(12)
  const family = bytes.readUInt8(13)
  const length = 16 + bytes.readUInt16BE(14)
  if (command >> 4 !== 2 || (command & 15) > 1 || length > 16 + 2_048) return 'wrong'
  if (bytes.length < length) return null
  if ((command & 15) === 0) return { address: null, length }
  if (family >> 4 === 1 && length >= 28) return { address: [...bytes.subarray(16, 20)].join('.'), length }
  if (family >> 4 !== 2 || length < 52) return { address: null, length }
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(16 + index * 2).toString(16))
  return { address: groups.join(':'), length }
}

/** Takes the header off a new connection and passes on the rest; what begins otherwise is closed. */
export function takeProxyHeader(socket: Socket, taken: (address: string | null) => void): void {
  let bytes = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), waitMs)
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('data', read).off('close', stop)
  }
  const read = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk])
    const header = readProxyHeader(bytes)
    if (header === null) return
    stop()
    if (header === 'wrong') return void socket.destroy()
    socket.pause()
    if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length))
    taken(header.address)
    process.nextTick(() => socket.resume())
  }
  socket.on('error', () => socket.destroy())
  socket.on('data', read).on('close', stop)
}
