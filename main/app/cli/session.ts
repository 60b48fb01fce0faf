import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { openLog } from '#main/kernel/log/log.ts'
import { type Caller, createCaller } from '#preload/contract/caller.ts'
import { AppError } from '#preload/contract/error.ts'
import { compose } from '../compose.ts'
import type { DataFolder } from '../data-folder.ts'
import { claim, claimOrFind, socketPath } from '../instance.ts'
import { connectLocally } from '../local-caller.ts'
import type { Places } from '../places.ts'
import { commandLineKey, readOnlyHeader, sessionHeader } from '../web-host.ts'
import { clientWire } from '../wires.ts'

export type Session = { readonly caller: Caller; readonly close: () => Promise<void> }

type Options = {
  readonly places: Places
  readonly folder: DataFolder
  readonly readOnly: boolean
  /** Of the session somebody signed in to from here; null for none. */
  readonly key: string | null
  /** Whether the operation reads what the sources of the inbox say, so that they must be asked first. */
  readonly needsSources: boolean
}

/** A caller of the running application, or of a composition of its own where none is running. */
export async function openSession({ places, folder, readOnly, key, needsSources }: Options): Promise<Session> {
  const path = socketPath(folder.path)
  const instance = await claimOrFind(folder.path)
  if (!instance) return connectTo(path, readOnly, key)
  const application = await compose({
    folder,
    host: 'command line',
    places,
    log: openLog(folder.log),
    keychain: null,
  })
  const passphrase = process.env.FRAMEWORK0_PASSPHRASE
  if (passphrase) await application.unlock(passphrase)
  if (needsSources) await application.settle()
  const caller = connectLocally(
    application.router,
    application.openSession({
      via: 'command line',
      key: key === null ? `own ${process.pid}` : commandLineKey(key),
      source: null,
      readOnly,
    }),
  )
  return {
    caller,
    async close() {
      caller.close()
      await application.close()
      await instance.release()
    },
  }
}

function connectTo(path: string, readOnly: boolean, key: string | null): Session {
  const socket = new WebSocket('ws://localhost/bridge', {
    createConnection: () => connect(path),
    headers: {
      ...(readOnly ? { [readOnlyHeader]: '1' } : {}),
      ...(key === null ? {} : { [sessionHeader]: key }),
    },
  })
  const caller = createCaller(clientWire(socket))
  return {
    caller,
    close: async () => caller.close(),
  }
}

/** Makes whoever runs this an administrator for an hour. Needs the data folder to itself. @returns until when. */
export async function recoverAdmin(places: Places, folder: DataFolder, reason: string): Promise<string> {
  const instance = claim(folder.path)
  if (!instance)
    throw new AppError('conflict', 'The application is running with this data folder.', {
      hint: 'Stop it first: this needs the data folder to itself.',
    })
  const application = await compose({ folder, host: 'command line', places, log: openLog(folder.log), keychain: null })
  try {
    return await application.recoverAdmin(reason)
  } finally {
    await application.close()
    await instance.release()
  }
}
