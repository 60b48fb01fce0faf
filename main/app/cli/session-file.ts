import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Of the user, not of the data folder: a copied data folder carries nobody's session along. */
function configFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'framework0')
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'framework0')
}

/** The file that holds the key of the session of the command line at one data folder, readable by its owner only. */
export function sessionFile(dataFolder: string, env: NodeJS.ProcessEnv = process.env) {
  const folder = join(configFolder(env), 'sessions')
  const path = join(folder, createHash('sha256').update(dataFolder).digest('hex').slice(0, 32))
  return {
    path,
    /** The key; null where nobody signed in from here. */
    read(): string | null {
      try {
        return readFileSync(path, 'utf8').trim() || null
      } catch {
        return null
      }
    },
    write(key: string): void {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      rmSync(path, { force: true }) // an existing file would keep its own permissions
      writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
    },
    remove: (): void => rmSync(path, { force: true }),
  }
}

export const newSessionKey = (): string => randomBytes(32).toString('base64url')
