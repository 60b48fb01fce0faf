import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { socketPath } from './instance.ts'

/** What the agent of a data folder has to itself. */
export type AgentFolder = { readonly path: string; readonly socket: string; readonly log: string }

export function agentFolder(dataFolder: string): AgentFolder {
  const path = join(dataFolder, 'agent')
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return { path, socket: socketPath(path), log: join(dataFolder, 'logs', 'agent.log') }
}
