import { describe, expect, it } from 'vitest'
import { newTotp, totpCode, verifyTotp } from './totp.ts'

const seed = '1234567890'
const secrets = {
  sha1: base32(seed.repeat(2)),
  sha256: base32(seed.repeat(4).slice(0, 32)),
  sha512: base32(seed.repeat(7).slice(0, 64)),
} as const

/** RFC 6238, appendix B: seconds, and the 8 digits of each algorithm. */
const vectors = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
] as const

/** RFC 4648 §6, written here so that the test does not lean on the library it tests. */
function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}

describe('a time-based code', () => {
  it.each(vectors)('is the one of RFC 6238 appendix B at %d s', (seconds, sha1, sha256, sha512) => {
    const step = Math.floor(seconds / 30)
    expect(totpCode(secrets.sha1, step, { algorithm: 'sha1', digits: 8 })).toBe(sha1)
    expect(totpCode(secrets.sha256, step, { algorithm: 'sha256', digits: 8 })).toBe(sha256)
    expect(totpCode(secrets.sha512, step, { algorithm: 'sha512', digits: 8 })).toBe(sha512)
    const options = { at: seconds * 1000, lastStep: null, digits: 8, algorithm: 'sha512' } as const
    expect(verifyTotp(secrets.sha512, sha512, options)).toEqual({ step })
  })

  const { secret } = newTotp('ana', 'Framework0')
  const at = Date.UTC(2026, 0, 1)
  const now = at / 30_000

  it('is accepted one step early and one step late, and no further', () => {
    const accepts = (step: number) => verifyTotp(secret, totpCode(secret, step), { at, lastStep: null })
    expect([-2, -1, 0, 1, 2].map((offset) => accepts(now + offset)?.step ?? null)).toEqual([
      null,
      now - 1,
      now,
      now + 1,
      null,
    ])
  })

  it('is never accepted twice, nor is an older one after it', () => {
    const code = totpCode(secret, now)
    const first = verifyTotp(secret, code, { at, lastStep: null })
    expect(first).toEqual({ step: now })
    expect(verifyTotp(secret, code, { at: at + 29_999, lastStep: now })).toBeNull()
    expect(verifyTotp(secret, totpCode(secret, now - 1), { at, lastStep: now })).toBeNull()
    expect(verifyTotp(secret, totpCode(secret, now + 1), { at, lastStep: now })).toEqual({ step: now + 1 })
  })

  it('is accepted as people type it, and refused when it is not six digits', () => {
    const code = totpCode(secret, now)
    expect(verifyTotp(secret, ` ${code.slice(0, 3)} ${code.slice(3)} `, { at, lastStep: null })).toEqual({ step: now })
    for (const wrong of ['', code.slice(1), `${code}0`, 'abcdef', '１２３４５６', '-12345', '1e5000'])
      expect(verifyTotp(secret, wrong, { at, lastStep: null })).toBeNull()
  })

  it('belongs to a secret of 160 bits that no two accounts share, in a URI that an app can read', () => {
    const other = newTotp('ana & co@example.com', 'Framework0 Ops')
    expect(other.secret).not.toBe(secret)
    expect(other.secret).toMatch(/^[A-Z2-7]{32}$/)
    const uri = new URL(other.uri)
    expect(uri.protocol + uri.host).toBe('otpauth:totp')
    expect(decodeURIComponent(uri.pathname)).toBe('/Framework0 Ops:ana & co@example.com')
    expect(uri.searchParams.get('secret')).toBe(other.secret)
    expect(uri.searchParams.get('issuer')).toBe('Framework0 Ops')
  })
})
