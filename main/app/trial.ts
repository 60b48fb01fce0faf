import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '#main/kernel/log/log.ts'
import { contracts } from '#preload/app/contracts.ts'
import { createClient } from '#preload/contract/caller.ts'
import type { Client } from '#preload/contract/define.ts'
import { type Application, type ApplicationOptions, compose } from './compose.ts'
import { dataFolder } from './data-folder.ts'
import { connectLocally } from './local-caller.ts'
import { places } from './places.ts'

type Api = { readonly [K in keyof typeof contracts]: Client<(typeof contracts)[K]> }

/** The whole application inside a test, with its worker thread from the sources. */
export type Trial = {
  readonly application: Application
  readonly api: Api
  readonly as: (role: 'admin' | 'viewer') => Api
  /** The lines of its log that tell a defect. */
  readonly faults: () => string[]
  readonly close: () => Promise<void>
}

export const temporaryFolder = (name = 'data'): string => mkdtempSync(join(tmpdir(), `framework0-${name}-`))
export const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true })

export async function startTrial(path: string, change: Partial<ApplicationOptions> = {}): Promise<Trial> {
  const folder = dataFolder(path)
  const application = await compose({
    folder,
    host: 'server',
    places: places(import.meta.filename),
    log: openLog(folder.log),
    keychain: null,
    checkOutputs: true,
    pollEveryMs: 300,
    userName: 'ana',
    ...change,
  })
  const as = (role: 'admin' | 'viewer'): Api => {
    const caller = connectLocally(
      application.router,
      application.openSession({
        via: 'browser',
        key: `trial-${role}`,
        source: null,
        readOnly: role === 'viewer',
        invited: true,
      }),
    )
    const clients = Object.entries(contracts).map(([name, contract]) => [name, createClient(contract, caller)])
    return Object.fromEntries(clients) as Api
  }
  return {
    application,
    api: as('admin'),
    as,
    faults: () =>
      readFileSync(folder.log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"level":50')),
    close: application.close,
  }
}

/** Everything that comes, until it ends. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The files below a folder that hold a text, in plain or in base64. */
export function filesWith(folder: string, text: string): string[] {
  const spellings = [text, Buffer.from(text).toString('base64').slice(0, -4), encodeURIComponent(text)]
  return filesBelow(folder).filter((file) => {
    const bytes = readFileSync(file)
    return spellings.some((spelling) => bytes.includes(spelling))
  })
}
