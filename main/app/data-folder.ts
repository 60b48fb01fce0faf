import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Everything the application writes is below one folder. */
export type DataFolder = {
  readonly path: string
  readonly workspace: string
  readonly history: string
  readonly metrics: string
  readonly backups: string
  /** What was seen of the audit log, outside its database. */
  readonly checkpoints: string
  readonly log: string
}

/** `--data`, else `FRAMEWORK0_DATA`, else the place this system keeps application data in. */
export function dataFolder(given: string | undefined, env: NodeJS.ProcessEnv = process.env): DataFolder {
  const path = resolve(given || env.FRAMEWORK0_DATA || systemFolder(env))
  return {
    path,
    workspace: join(path, 'workspace.db'),
    history: join(path, 'history.db'),
    metrics: join(path, 'metrics.db'),
    backups: join(path, 'backups'),
    checkpoints: join(path, 'checkpoints'),
    log: join(path, 'logs', 'framework0.log'),
  }
}

function systemFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Framework0')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Framework0')
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'framework0')
}
