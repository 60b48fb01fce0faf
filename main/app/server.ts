import { openLog } from '#main/kernel/log/log.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import { AppError } from '#preload/contract/error.ts'
import { isLoopback, readHostOptions } from './command-line.ts'
import { compose } from './compose.ts'
import { dataFolder } from './data-folder.ts'
import { claimOrFind } from './instance.ts'
import { askForLink } from './link.ts'
import { places } from './places.ts'
import { serveSocket, startWebHost } from './web-host.ts'

/** Entry: the application in plain Node, for a browser. Prints one line `ready URL` when it serves. */
async function main(): Promise<void> {
  const options = readHostOptions(process.argv.slice(2))
  const folder = dataFolder(options.data)
  const where = places(import.meta.filename)
  const instance = await claimOrFind(folder.path)
  if (!instance) {
    console.log(`This data folder is already open in another instance; here is a link to that one.`)
    console.log(`ready ${await askForLink(folder.path)}`)
    return
  }
  const log = openLog(folder.log)
  const application = await compose({
    folder,
    host: 'server',
    places: where,
    log,
    keychain: null,
    checkOutputs: process.env.FRAMEWORK0_CHECK_OUTPUTS === '1',
    ...(process.env.FRAMEWORK0_POLL_MS ? { pollEveryMs: Number(process.env.FRAMEWORK0_POLL_MS) } : {}),
  })
  const passphrase = process.env.FRAMEWORK0_PASSPHRASE
  if (passphrase) await application.unlock(passphrase)
  const { router, openSession: open, access } = application
  if (!isLoopback(options.listen.address) && !access.signInRequired())
    throw new AppError(
      'invalid',
      'This workspace does not ask people to sign in, so it is not served to other machines.',
      {
        hint: 'Start it without --listen, add an identity provider, have people sign in, and start it again.',
      },
    )
  const web = await startWebHost({
    listen: options.listen,
    renderer: where.renderer,
    router,
    open,
    access,
    log,
    readOnly: options.readOnly,
  })
  serveSocket(instance.server, router, open, options.readOnly)
  instance.server.on('request', (request, response) => {
    if (request.url === '/link') response.end(web.link())
    else response.writeHead(404).end()
  })
  await instance.listen()
  console.log(`ready ${web.address()}`)

  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    await web.close()
    await application.close()
    await instance.release()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
}

main().catch((failure: unknown) => {
  const thrown = storageError(failure) ?? failure
  const sentence = thrown instanceof Error ? thrown.message : String(thrown)
  const hint = thrown instanceof AppError && thrown.hint ? ` ${thrown.hint}` : ''
  console.error(`${sentence}${hint}`)
  process.exit(1)
})
