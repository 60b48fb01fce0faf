import { createPublicKey, verify } from 'node:crypto'

/**
 * Whether the Ed25519 key (raw 32 bytes, base64) of a device made a signature (base64) over some bytes (RFC 8032).
 * Whatever is malformed is not valid.
 */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  try {
    const x = Buffer.from(publicKey, 'base64').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return verify(null, bytes, key, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}
