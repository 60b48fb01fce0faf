import { randomBytes } from 'node:crypto'
import type { Endpoint } from '#main/engines/http/endpoint.ts'
import { createPoster } from '#main/engines/http/post.ts'
import type { Clock } from '#main/kernel/clock.ts'
import { AppError } from '#preload/contract/error.ts'
import type { Checkpoint, IntegrityProblem } from '#preload/security/audit-integrity.ts'
import { contradiction } from './note.ts'
import type { AnchorPlace, Checkpoints } from './place.ts'
import { checkFresh, timestampRequest, tokenIn, verifyToken } from './timestamp.ts'

export type StoredToken = { readonly size: number; readonly at: string; readonly note: string; readonly token: string }

type Settings = { readonly name: string; readonly url: string; readonly ca: string }

export type TokenStore = {
  readonly all: () => Promise<readonly StoredToken[]>
  readonly add: (token: StoredToken) => Promise<void>
}

/**
 * Timestamps of an RFC 3161 authority over the newest checkpoint, which stands for all entries before it. Tokens are kept
 * in the workspace and are in every evidence package; each was fully verified before it was kept.
 */
export function tsaPlace(settings: Settings, tokens: TokenStore, checkpoints: Checkpoints, clock: Clock): AnchorPlace {
  const { name, url, ca } = settings

  const stamp = async ({ size, note }: Checkpoint, signal: AbortSignal): Promise<StoredToken> => {
    const data = Buffer.from(note, 'utf8')
    const { der, nonce } = timestampRequest(data, randomNonce())
    const endpoint: Endpoint = { name, url, auth: { kind: 'none' }, tls: {} }
    const poster = createPoster(endpoint, {})
    try {
      const accept = 'application/timestamp-reply'
      const answer = await poster.post({ type: 'application/timestamp-query', accept, body: der, signal })
      if (answer.status !== 200) throw poster.failure(answer)
      const token = tokenIn(name, answer.bytes)
      const verified = await verifyToken(name, token, data, ca)
      checkFresh(name, verified, nonce, clock.now())
      return { size, at: verified.at.toISOString(), note, token: token.toString('base64') }
    } finally {
      await poster.close()
    }
  }

  return {
    async keep(batch, signal) {
      const newest = batch.at(-1)
      if (newest === undefined) return 0
      await tokens.add(await stamp(newest, signal))
      return newest.size
    },

    async verify(signal) {
      const problems: (IntegrityProblem | null)[] = []
      for (const { size, note, token, at } of await tokens.all()) {
        signal.throwIfAborted()
        const where = `The timestamp of ${name} from ${at} over ${size} entries`
        problems.push(await brokenToken(settings, where, note, token))
        problems.push(await contradiction(note, where, checkpoints))
      }
      return problems.filter((problem) => problem !== null)
    },
  }
}

async function brokenToken(
  { name, ca }: Settings,
  where: string,
  note: string,
  token: string,
): Promise<IntegrityProblem | null> {
  try {
    await verifyToken(name, Buffer.from(token, 'base64'), Buffer.from(note, 'utf8'), ca)
    return null
  } catch (thrown) {
    const why = thrown instanceof AppError ? thrown.message : 'It cannot be read.'
    return { kind: 'signature', sequence: null, reason: `${where} does not hold any more: ${why}` }
  }
}

/** 127 bits, so that the INTEGER is positive and never starts with a zero that somebody might drop. */
function randomNonce(): bigint {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return BigInt(`0x${bytes.toString('hex')}`)
}
