import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { Checkpoint } from '#preload/security/audit-integrity.ts'
import type { Checkpoints } from './place.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')

/** A history: what the root over its first entries is. Two of different names are a fork. */
const rootOf = (history: string, size: number): Buffer => createHash('sha256').update(`${history} ${size}`).digest()

/** A checkpoint as the log signs it (C2SP signed-note, Ed25519; the key hash is left zero). */
export function checkpointOf(size: number, history = 'ours'): Checkpoint {
  const root = rootOf(history, size)
  const text = `framework0/test\n${size}\n${root.toString('base64')}\n`
  const signature = Buffer.concat([Buffer.alloc(4), sign(null, Buffer.from(text), privateKey)])
  const at = new Date(Date.UTC(2026, 0, 1) + size * 1_000).toISOString()
  const note = `${text}\n— framework0/test ${signature.toString('base64')}\n`
  return { size, root: root.toString('hex'), at, key: 'framework0/test', note }
}

function isOurs(note: string): boolean {
  const [text, signature] = note.split('\n\n')
  const bytes = Buffer.from(signature?.split(' ')[2] ?? '', 'base64').subarray(4)
  return verify(null, Buffer.from(`${text}\n`), publicKey, bytes)
}

/** The port over a log that can grow, shrink and be rewritten. */
export function checkpointLog() {
  const all: Checkpoint[] = []
  const listeners = new Set<() => void>()
  const state = { history: 'ours', size: 0 }
  const port: Checkpoints = {
    after: async (size, limit) => all.filter((one) => one.size > size).slice(0, limit),
    countAfter: async (size) => all.filter((one) => one.size > size).length,
    rootAt: async (size) => (size > state.size ? null : rootOf(state.history, size).toString('hex')),
    isOurs: async (note) => isOurs(note),
    onCheckpoint: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return {
    port,
    add(...sizes: readonly number[]): readonly Checkpoint[] {
      const added = sizes.map((size) => checkpointOf(size, state.history))
      all.push(...added)
      state.size = Math.max(state.size, ...sizes)
      for (const listener of listeners) listener()
      return added
    },
    /** As if an older copy had been restored. */
    truncate(size: number): void {
      state.size = size
      all.splice(0, all.length, ...all.filter((one) => one.size <= size))
    },
    rewrite(): void {
      state.history = 'forged'
    },
  }
}

export type CheckpointLog = ReturnType<typeof checkpointLog>

export const signal = (): AbortSignal => new AbortController().signal
