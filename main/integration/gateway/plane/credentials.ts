import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

const cost = { N: 16_384, r: 8, p: 1 }
const hashBytes = 32

/** How an API key is kept. It is random, so a fast digest is enough. */
export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** How a password of Basic authentication is kept: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, hashBytes, cost)
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${hash.toString('base64')}`
}

export async function passwordFits(password: string, kept: string): Promise<boolean> {
  const [, N = '', r = '', p = '', salt = '', hash = ''] = kept.split('$')
  const wanted = Buffer.from(hash, 'base64')
  const options = { N: Number(N), r: Number(r), p: Number(p) }
  const given = await derive(password, Buffer.from(salt, 'base64'), wanted.length, options)
  return timingSafeEqual(given, wanted)
}

const derive = (password: string, salt: Buffer, length: number, options: typeof cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, length, { ...options, maxmem: 256 * options.N * options.r + 1_000_000 }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
