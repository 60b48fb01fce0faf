import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'

/** One code at rest; `usedAt` is an ISO time once it has been spent. */
export type StoredRecoveryCode = { readonly salt: string; readonly hash: string; readonly usedAt: string | null }

export type NewRecoveryCodes = {
  /** Shown once and never kept. */
  readonly codes: readonly string[]
  readonly stored: readonly StoredRecoveryCode[]
}

const count = 10
const length = 20

/** Crockford's alphabet: no I, L, O or U, which are misread on paper. Twenty of its letters are 100 bits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * 16 MiB and some 50 ms a guess (RFC 7914). A code of 100 bits needs no more: the cost only has to make a stolen
 * table worthless even if the random source should prove weaker than we think.
 */
const cost = { N: 2 ** 14, r: 8, p: 1 } as const

/** Ten fresh codes of 100 random bits, like `7K3M-QX2P-9D4H-WT8B-5NVC`, and their scrypt hashes. */
export async function newRecoveryCodes(): Promise<NewRecoveryCodes> {
  const codes = Array.from({ length: count }, newCode)
  // One salt for the set: a presented code is then hashed once, not ten times.
  const salt = randomBytes(16).toString('base64')
  const hashes = await Promise.all(codes.map((code) => hashOf(code, salt)))
  return { codes, stored: hashes.map((hash) => ({ salt, hash: hash.toString('base64'), usedAt: null })) }
}

/**
 * Finds the unused code that was presented, in any case and with or without its dashes. Every stored code is compared,
 * in constant time. The caller must mark it used in the transaction that accepts it, on condition that it is still
 * unused.
 *
 * @returns the index into `stored`, or null when it is unknown or already spent.
 */
export async function findRecoveryCode(
  stored: readonly StoredRecoveryCode[],
  presented: string,
): Promise<{ readonly index: number } | null> {
  const code = normalized(presented)
  if (code.length !== length) return null
  const salts = [...new Set(stored.map(({ salt }) => salt))]
  const hashes = new Map(await Promise.all(salts.map(async (salt) => [salt, await hashOf(code, salt)] as const)))
  let found: number | null = null
  for (const [index, one] of stored.entries()) {
    const expected = Buffer.from(one.hash, 'base64')
    const hash = hashes.get(one.salt)
    const same = hash !== undefined && hash.length === expected.length && timingSafeEqual(hash, expected)
    if (same && one.usedAt === null) found = index
  }
  return found === null ? null : { index: found }
}

/** How many are left to use: below three, a person should be told to make new ones. */
export const unusedRecoveryCodes = (stored: readonly StoredRecoveryCode[]): number =>
  stored.filter(({ usedAt }) => usedAt === null).length

function newCode(): string {
  const letters = Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
  return letters.replace(/(.{4})(?=.)/g, '$1-')
}

const normalized = (code: string): string =>
  code
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
    .replace(/[^0-9A-Z]/g, '')

const hashOf = (code: string, salt: string): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(normalized(code), Buffer.from(salt, 'base64'), 32, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )
