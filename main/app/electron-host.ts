import { randomUUID } from 'node:crypto'
import { get } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { IpcMainEvent, BrowserWindow as Window } from 'electron'
import { openLog } from '#main/kernel/log/log.ts'
import { storageError } from '#main/kernel/store/errors.ts'
import { asAppError } from '#preload/contract/error.ts'
import { isQuiet, notificationOf } from '#preload/lifecycle/quiet-hours.ts'
import type { InboxPulse } from '#preload/observability/alerts.ts'
import { readHostOptions } from './command-line.ts'
import { type Application, compose } from './compose.ts'
import { dataFolder } from './data-folder.ts'
import { electronKeychain } from './electron-keychain.ts'
import { claimOrFind, type Instance, socketPath } from './instance.ts'
import { askForLink } from './link.ts'
import { places } from './places.ts'
import { serveSession } from './session.ts'
import { contentType, fileFor, securityHeaders } from './static-files.ts'
import { serveSocket } from './web-host.ts'
import { type MainPort, portWire } from './wires.ts'

/** The parts of Electron that we use. */
export type ElectronCalls = Pick<
  typeof import('electron'),
  | 'app'
  | 'BrowserWindow'
  | 'ipcMain'
  | 'Menu'
  | 'nativeImage'
  | 'net'
  | 'Notification'
  | 'protocol'
  | 'safeStorage'
  | 'session'
  | 'shell'
  | 'Tray'
>

const origin = 'app://framework0'
const scheme = 'framework0:'

/** Opens the desktop application: one window, one composition, and the private socket for the command line. */
export async function runDesktop(electron: ElectronCalls, entry: string, args: readonly string[]): Promise<void> {
  const { app } = electron
  const link = args.find((arg) => arg.startsWith(scheme))
  const options = readHostOptions(args.filter((arg) => !arg.startsWith(scheme)))
  const folder = dataFolder(options.data)
  const where = places(entry)
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
  let instance: Instance | null
  try {
    instance = await claimOrFind(folder.path)
  } catch (thrown) {
    await app.whenReady()
    return refuseToStart(electron, thrown)
  }
  if (!instance) {
    // The desktop shows its window; a server host has none, so its page opens in the browser.
    if (!(await askToShow(folder.path, link))) await electron.shell.openExternal(await askForLink(folder.path))
    return app.quit()
  }
  app.setPath('userData', join(folder.path, 'desktop'))
  await app.whenReady()

  let application: Application
  try {
    application = await compose({
      folder,
      host: 'desktop',
      places: where,
      log: openLog(folder.log),
      keychain: electronKeychain(electron.safeStorage),
    })
    const passphrase = process.env.FRAMEWORK0_PASSPHRASE
    if (passphrase) await application.unlock(passphrase)
  } catch (thrown) {
    await instance.release()
    return refuseToStart(electron, thrown)
  }

  const { readOnly } = options
  const session = application.openSession({ via: 'desktop', key: `window ${randomUUID()}`, source: null, readOnly })
  serveFiles(electron, where.renderer)
  const window = openWindow(electron, where.preload, link)

  electron.ipcMain.on('framework0:connect', (event) => {
    const [port] = event.ports
    if (!port) return
    if (isOurPage(event, window)) serveSession(portWire(port as unknown as MainPort), session, application.router)
    else port.close()
  })
  serveSocket(instance.server, application.router, application.openSession, readOnly)
  instance.server.on('request', (request, response) => {
    response.end()
    if (request.url?.startsWith('/show'))
      show(window, new URL(request.url, 'http://localhost').searchParams.get('link'))
  })
  await instance.listen()
  app.on('open-url', (_, url) => show(window, url))
  app.setAsDefaultProtocolClient('framework0')
  announceCritical(electron, application, window, join(where.resources, 'icons', 'tray.png'))

  let closing = false
  app.on('before-quit', (event) => {
    if (closing) return
    closing = true
    event.preventDefault()
    void application
      .close()
      .then(() => instance.release())
      .finally(() => app.quit())
  })
  app.on('window-all-closed', () => app.quit())
}

/** By scheme and host: the `origin` of a URL with a scheme of our own is “null” in Node. */
const isOwn = (url: string): boolean => {
  const parsed = URL.parse(url)
  return parsed !== null && `${parsed.protocol}//${parsed.host}` === origin
}

/** Only the main frame of our own window, showing our own page, gets a session. */
export function isOurPage(event: IpcMainEvent, window: Window): boolean {
  const frame = event.senderFrame
  return frame !== null && frame === window.webContents.mainFrame && isOwn(frame.url)
}

function serveFiles({ protocol, net }: ElectronCalls, renderer: string): void {
  protocol.handle('app', async (request) => {
    const url = new URL(request.url)
    const file = isOwn(request.url) ? fileFor(renderer, url.pathname) : null
    if (!file) return new Response('Not found.', { status: 404, headers: securityHeaders })
    const { body } = await net.fetch(pathToFileURL(file).href)
    return new Response(body, { headers: { ...securityHeaders, 'content-type': contentType(file) } })
  })
}

function openWindow(
  { BrowserWindow, Menu, session, shell }: ElectronCalls,
  preload: string,
  link: string | undefined,
): Window {
  Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'editMenu' }, { role: 'viewMenu' }, { role: 'windowMenu' }]))
  session.defaultSession.setPermissionRequestHandler((_, permission, answer) =>
    answer(permission === 'clipboard-sanitized-write'),
  )
  session.defaultSession.setPermissionCheckHandler((_, permission) => permission === 'clipboard-sanitized-write')
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    backgroundColor: '#0E1116',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false },
  })
  window.webContents.setWindowOpenHandler(({ url }) => {
    if (/^https?:\/\//.test(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
  window.webContents.on('will-navigate', (event) => {
    if (!isOwn(event.url)) event.preventDefault()
  })
  void window.loadURL(pageOf(link ?? null))
  return window
}

/** The page of a `framework0://alerts?…` link; the first screen for anything else. */
export function pageOf(link: string | null): string {
  if (!link || !URL.canParse(link)) return `${origin}/`
  const url = new URL(link)
  return url.protocol === scheme ? `${origin}/${url.host}${url.pathname}${url.search}` : `${origin}/`
}

function show(window: Window, link: string | null): void {
  if (window.isMinimized()) window.restore()
  window.focus()
  if (link) void window.loadURL(pageOf(link))
}

const askToShow = (folder: string, link: string | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    const path = `/show${link ? `?link=${encodeURIComponent(link)}` : ''}`
    get({ socketPath: socketPath(folder), path }, ({ statusCode }) => resolve(statusCode === 200)).on('error', () =>
      resolve(false),
    )
  })

/** Critical alerts reach the desktop: a notification for new ones, a badge and the tray for how many there are. */
function announceCritical(
  { app, nativeImage, Notification, Tray }: ElectronCalls,
  application: Application,
  window: Window,
  icon: string,
): void {
  const tray = new Tray(nativeImage.createFromPath(icon))
  tray.on('click', () => show(window, null))
  const onPulse = async ({ bySeverity, newCritical }: InboxPulse): Promise<void> => {
    app.setBadgeCount(bySeverity.critical)
    tray.setToolTip(bySeverity.critical === 0 ? 'No critical alerts' : `${bySeverity.critical} critical alerts`)
    const { notifications, quietHours } = await application.preferences()
    const text = notificationOf(newCritical)
    if (!text || !notifications || isQuiet(quietHours, new Date()) || !Notification.isSupported()) return
    const notification = new Notification(text)
    const [only] = newCritical
    const target =
      newCritical.length === 1 && only
        ? `framework0://alerts?alert=${encodeURIComponent(only.id)}`
        : 'framework0://alerts'
    notification.on('click', () => show(window, target))
    notification.show()
  }
  application.onPulse((pulse) => void onPulse(pulse))
}

/** A workspace that cannot be opened is said in a window of its own: there is no page to say it on. */
async function refuseToStart({ app, BrowserWindow }: ElectronCalls, thrown: unknown): Promise<void> {
  const { message, hint } = asAppError(storageError(thrown) ?? thrown)
  const window = new BrowserWindow({ width: 560, height: 240, webPreferences: { sandbox: true, javascript: false } })
  const inert = (text: string): string => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)
  const html = `<!doctype html><meta charset="utf-8"><title>Framework0</title><h1>It cannot start</h1><p>${inert(message)}</p><p>${inert(hint ?? '')}</p>`
  window.on('closed', () => app.quit())
  await window.loadURL(`data:text/html;charset=utf-8,${encodeURIComponent(html)}`)
}
