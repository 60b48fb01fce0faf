import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { defaultSchema, type PostgresSettings, type WorkspacePlace } from '#main/kernel/store/place.ts'
import { deriveKey, seal, unseal } from '#main/kernel/vault/seal.ts'
import type { Keychain } from '#main/kernel/vault/vault.ts'
import { AppError } from '#preload/contract/error.ts'

/** The file that says where the workspace is. Without it, it is `workspace.db` beside it. */
const pointerFile = z.object({
  version: z.literal(1),
  kind: z.literal('postgres'),
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  user: z.string(),
  schema: z.string().default(defaultSchema),
  tls: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('off') }),
    z.object({ mode: z.literal('verify-full'), ca: z.string().optional(), certificate: z.string().optional() }),
  ]),
  secrets: z.discriminatedUnion('by', [
    z.object({ by: z.literal('nobody') }),
    z.object({ by: z.literal('keychain'), sealed: z.string() }),
    z.object({ by: z.literal('passphrase'), salt: z.string(), sealed: z.string() }),
  ]),
})
type PointerFile = z.infer<typeof pointerFile>

/** What must not be readable on the disk. `place` keeps it from following the pointer to another server. */
const sealedSecrets = z.object({ place: z.string(), password: z.string().optional(), key: z.string().optional() })

export type PointerOptions = {
  /** The data folder. */
  readonly folder: string
  /** The local workspace. */
  readonly path: string
  readonly keychain: Keychain | null
  readonly env?: NodeJS.ProcessEnv
}

/** Where the workspace is from the next start on; kept in the data folder. */
export type Pointer = {
  /** @throws AppError `storage` for a file that cannot be read, `locked` when its password cannot be unsealed here. */
  readonly read: () => Promise<WorkspacePlace>
  /** The place with the password of the environment, where it came without one. */
  readonly complete: (place: WorkspacePlace) => WorkspacePlace
  /** Seals the secrets; nothing is written before the answer is called. @throws AppError `locked`. */
  readonly prepare: (place: WorkspacePlace) => Promise<() => void>
}

const purpose = 'framework0 workspace password'

export function createPointer({ folder, path, keychain, env = process.env }: PointerOptions): Pointer {
  const file = join(folder, 'workspace.json')
  const fromEnvironment = env.FRAMEWORK0_WORKSPACE_PASSWORD
  return {
    complete(place) {
      if (place.kind === 'sqlite' || place.settings.password || !fromEnvironment) return place
      return { ...place, settings: { ...place.settings, password: fromEnvironment } }
    },

    async read() {
      const text = readText(file)
      if (text === null) return { kind: 'sqlite', path }
      const stored = parse(text, file)
      const { version: _, kind, secrets, tls, ...rest } = stored
      const { password: kept, key } = await open(stored, keychain, env)
      const password = fromEnvironment || kept
      return {
        kind,
        settings: {
          ...rest,
          tls: withoutUndefined(tls.mode === 'off' ? tls : { ...tls, key }),
          ...(password ? { password } : {}),
        },
      }
    },
    async prepare(place) {
      if (place.kind === 'sqlite') return () => rmSync(file, { force: true })
      const { host, port, database, user, schema, tls } = place.settings
      const shown = tls.mode === 'off' ? tls : withoutUndefined({ ...tls, key: undefined })
      const secrets = await close(place.settings, keychain, env)
      const stored = { version: 1, kind: 'postgres', host, port, database, user, schema, tls: shown, secrets }
      return () => replace(file, `${JSON.stringify(stored, null, 2)}\n`)
    },
  }
}

/** Where the secrets may be sent, and by whose word: another server, user or CA is another place. */
function placeOf({ host, port, database, user, tls }: PlaceOfSecrets): string {
  return JSON.stringify([user, host, port, database, tls.mode, tls.mode === 'off' ? null : (tls.ca ?? null)])
}

type PlaceOfSecrets = Pick<PostgresSettings, 'host' | 'port' | 'database' | 'user'> & {
  readonly tls: { readonly mode: 'off' } | { readonly mode: 'verify-full'; readonly ca?: string | undefined }
}

async function close(
  settings: PostgresSettings,
  keychain: Keychain | null,
  env: NodeJS.ProcessEnv,
): Promise<PointerFile['secrets']> {
  const { tls } = settings
  // What the environment gives is given again at the next start.
  const password = settings.password === env.FRAMEWORK0_WORKSPACE_PASSWORD ? undefined : settings.password
  const key = tls.mode === 'off' ? undefined : tls.key
  if (!password && !key) return { by: 'nobody' }
  const text = JSON.stringify({ place: placeOf(settings), password, key })
  if (keychain && (await keychain.unavailable()) === null)
    return { by: 'keychain', sealed: await keychain.protect(text) }
  const passphrase = env.FRAMEWORK0_PASSPHRASE
  if (!passphrase)
    throw new AppError('locked', 'The password cannot be kept here: there is no keychain to keep it.', {
      hint: 'Start with FRAMEWORK0_PASSPHRASE set, which then seals it; or leave it out, and set FRAMEWORK0_WORKSPACE_PASSWORD at each start.',
    })
  const salt = randomBytes(16)
  return {
    by: 'passphrase',
    salt: salt.toString('base64'),
    sealed: seal(await deriveKey(passphrase, salt), purpose, text),
  }
}

async function open(
  stored: PointerFile,
  keychain: Keychain | null,
  env: NodeJS.ProcessEnv,
): Promise<{ password?: string | undefined; key?: string | undefined }> {
  const { secrets } = stored
  if (secrets.by === 'nobody') return {}
  // A password from the environment is enough, unless there is a key besides it.
  const spare = env.FRAMEWORK0_WORKSPACE_PASSWORD && (stored.tls.mode === 'off' || !stored.tls.certificate)
  try {
    const text =
      secrets.by === 'keychain'
        ? await reveal(secrets.sealed, keychain)
        : await unlock(secrets, env.FRAMEWORK0_PASSPHRASE)
    const opened = sealedSecrets.parse(JSON.parse(text))
    if (opened.place !== placeOf(stored))
      throw new AppError(
        'locked',
        'The settings of the team workspace were changed, so its password is not sent there.',
        {
          hint: 'Choose the workspace again in the application, with its password.',
          retryable: false,
        },
      )
    return opened
  } catch (thrown) {
    if (spare) return {}
    throw thrown
  }
}

async function reveal(sealed: string, keychain: Keychain | null): Promise<string> {
  const why = keychain ? await keychain.unavailable() : 'This host has none.'
  if (keychain && why === null) return keychain.reveal(sealed)
  throw new AppError('locked', 'The password of the team workspace is in the keychain of the desktop application.', {
    hint: `${why} Start the desktop application, or set FRAMEWORK0_WORKSPACE_PASSWORD.`,
  })
}

async function unlock(secrets: { salt: string; sealed: string }, passphrase: string | undefined): Promise<string> {
  if (!passphrase)
    throw new AppError('locked', 'The password of the team workspace is sealed by a passphrase.', {
      hint: 'Set FRAMEWORK0_PASSPHRASE, or FRAMEWORK0_WORKSPACE_PASSWORD.',
    })
  try {
    return unseal(await deriveKey(passphrase, Buffer.from(secrets.salt, 'base64')), purpose, secrets.sealed)
  } catch {
    throw new AppError('forbidden', 'FRAMEWORK0_PASSPHRASE does not open the password of the team workspace.', {
      hint: 'Set the passphrase with which the workspace was chosen, or FRAMEWORK0_WORKSPACE_PASSWORD.',
    })
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw thrown
  }
}

function parse(text: string, file: string): PointerFile {
  try {
    return pointerFile.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('storage', `${file} does not say where the workspace is.`, {
      hint: 'It was changed or damaged. Remove it to open the workspace of this machine, or restore it.',
      retryable: false,
      cause,
    })
  }
}

/** The old file or the new one, whenever the power fails; for the owner only. */
function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.new`
  const handle = openSync(fresh, 'w', 0o600)
  writeSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(fresh, file)
}

/** Optional members are left out rather than undefined. */
const withoutUndefined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never
