import { AppError } from '#preload/contract/error.ts'

const database = 'framework0-device-keys'
const store = 'keys'

/** The Ed25519 key of this browser profile or desktop window, for one identity. Its private half never leaves it. */
export type DeviceKey = {
  /** Raw 32-byte public key, base64. */
  readonly publicKey: string
  /** Ed25519 signature (RFC 8032) over the bytes: 64 bytes. */
  readonly sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>
}

type Kept = { readonly publicKey: string; readonly privateKey: CryptoKey }

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

async function inStore<T>(mode: IDBTransactionMode, act: (keys: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(database, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(store)
  try {
    const opened = await done(opening)
    try {
      return await done(act(opened.transaction(store, mode).objectStore(store)))
    } finally {
      opened.close()
    }
  } catch (thrown) {
    throw new AppError('storage', 'The browser does not keep keys for this page.', {
      hint: 'Private windows forget them; use an ordinary window.',
      cause: thrown,
    })
  }
}

/** Web Crypto, which browsers give only to pages that nobody else can read. @throws AppError */
function subtle(): SubtleCrypto {
  const { subtle: found } = globalThis.crypto as { readonly subtle?: SubtleCrypto }
  if (found !== undefined) return found
  throw new AppError('unsupported', 'Keys can only be made on a page that came over https, or on this machine.')
}

export const toBase64 = (bytes: Uint8Array<ArrayBuffer>): string => btoa(String.fromCharCode(...bytes))

const keyOf = ({ publicKey, privateKey }: Kept): DeviceKey => ({
  publicKey,
  sign: async (bytes) => new Uint8Array(await subtle().sign('Ed25519', privateKey, bytes)),
})

/** The key of this device for an identity; null when it has none. @throws AppError */
export async function findDeviceKey(identity: string): Promise<DeviceKey | null> {
  const kept = await inStore<Kept | undefined>('readonly', (keys) => keys.get(identity))
  return kept === undefined ? null : keyOf(kept)
}

/** Makes the key of this device for an identity, in place of one it had. It cannot be exported. @throws AppError */
export async function createDeviceKey(identity: string): Promise<DeviceKey> {
  const pair = await makePair()
  const raw = new Uint8Array(await subtle().exportKey('raw', pair.publicKey))
  const kept: Kept = { publicKey: toBase64(raw), privateKey: pair.privateKey }
  await inStore('readwrite', (keys) => keys.put(kept, identity))
  return keyOf(kept)
}

async function makePair(): Promise<CryptoKeyPair> {
  try {
    const made = await subtle().generateKey('Ed25519', false, ['sign', 'verify'])
    if ('privateKey' in made) return made
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw new AppError('unsupported', 'This browser cannot make Ed25519 keys.', {
      hint: 'Chromium 137, Firefox 129 and Safari 17 can, and so can the desktop application.',
      cause: thrown,
    })
  }
  throw new AppError('internal', 'The browser made no pair of keys.')
}

/** Forgets the key of this device for an identity. @throws AppError */
export const forgetDeviceKey = async (identity: string): Promise<void> => {
  await inStore('readwrite', (keys) => keys.delete(identity))
}

/** What an enrolment signs, to prove that the key is here: see `access.enrolDevice`. */
export const enrolmentStatement = (identity: string, publicKey: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`framework0 device enrolment\n${identity}\n${publicKey}\n`)
