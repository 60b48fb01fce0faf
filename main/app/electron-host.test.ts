import { EventEmitter } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type AlertmanagerPeer, startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { available } from '#e2e/app/peers/peer.ts'
import { contracts } from '#preload/app/contracts.ts'
import { createCaller, createClient } from '#preload/contract/caller.ts'
import type { ClientFrame, ServerFrame } from '#preload/contract/wire.ts'
import { type ElectronCalls, pageOf, runDesktop } from './electron-host.ts'
import { electronKeychain } from './electron-keychain.ts'
import { claim } from './instance.ts'
import { filesWith, removeFolder, temporaryFolder } from './trial.ts'
import { asMainPort } from './wires.ts'

const root = temporaryFolder('desktop')
const entry = join(root, 'main', 'app', 'electron.ts')
const source = join(import.meta.dirname, '..', '..')

beforeAll(() => {
  symlinkSync(join(source, 'main'), join(root, 'main'))
  symlinkSync(join(source, 'resources'), join(root, 'resources'))
  mkdirSync(join(root, 'out', 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"version":"1.2.3"}')
  writeFileSync(join(root, 'out', 'renderer', 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(root, 'out', 'renderer', 'assets', 'app.js'), 'export {}')
})
afterAll(() => removeFolder(root))

type Frame = { url: string }
type Shown = { title: string; body: string; click: () => void }
type Permission = (contents: null, permission: string, answer: (granted: boolean) => void) => void

/** Electron as far as we call it: it remembers what it was told, and lets a test be the person and the page. */
function standIn({ encrypts = true } = {}) {
  const app = Object.assign(new EventEmitter(), {
    quit: vi.fn(),
    setPath: vi.fn(),
    whenReady: async () => {},
    setAsDefaultProtocolClient: vi.fn(),
    setBadgeCount: vi.fn(),
  })
  const windows: TestWindow[] = []
  class TestWindow extends EventEmitter {
    readonly options: Electron.BrowserWindowConstructorOptions
    readonly loadURL = vi.fn(async (_: string) => {})
    readonly focus = vi.fn()
    readonly restore = vi.fn()
    minimized = false
    open: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
    readonly webContents = Object.assign(new EventEmitter(), {
      mainFrame: { url: 'app://framework0/alerts' } as Frame,
      setWindowOpenHandler: (handler: TestWindow['open']) => {
        this.open = handler
      },
    })
    constructor(options: Electron.BrowserWindowConstructorOptions) {
      super()
      this.options = options
      windows.push(this)
    }
    isMinimized(): boolean {
      return this.minimized
    }
  }
  const notifications: Shown[] = []
  class TestNotification extends EventEmitter {
    static isSupported = (): boolean => true
    readonly text: { title: string; body: string }
    constructor(text: { title: string; body: string }) {
      super()
      this.text = text
    }
    show(): void {
      notifications.push({ ...this.text, click: () => this.emit('click') })
    }
  }
  const trays: TestTray[] = []
  class TestTray extends EventEmitter {
    readonly setToolTip = vi.fn()
    constructor() {
      super()
      trays.push(this)
    }
  }
  const permission: { request?: Permission; check?: (contents: null, permission: string) => boolean } = {}
  const files: { handle?: (request: Request) => Promise<Response> } = {}
  const schemes = vi.fn()
  const opened = vi.fn(async (_: string) => {})
  const ipcMain = new EventEmitter()
  const calls = {
    app,
    BrowserWindow: TestWindow,
    ipcMain,
    Menu: { setApplicationMenu: () => {}, buildFromTemplate: (template: unknown) => template },
    nativeImage: { createFromPath: (path: string) => path },
    net: { fetch: async (url: string) => new Response(readFileSync(fileURLToPath(url))) },
    Notification: TestNotification,
    protocol: {
      registerSchemesAsPrivileged: schemes,
      handle: (_: string, handler: (request: Request) => Promise<Response>) => {
        files.handle = handler
      },
    },
    safeStorage: {
      isAsyncEncryptionAvailable: async () => encrypts,
      getSelectedStorageBackend: () => (encrypts ? 'gnome_libsecret' : 'basic_text'),
      encryptStringAsync: async (text: string) => Buffer.from(text).reverse(),
      decryptStringAsync: async (sealed: Buffer) => ({ result: Buffer.from(sealed).reverse().toString() }),
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: Permission) => {
          permission.request = handler
        },
        setPermissionCheckHandler: (handler: (contents: null, name: string) => boolean) => {
          permission.check = handler
        },
      },
    },
    shell: { openExternal: opened },
    Tray: TestTray,
  }
  return {
    electron: calls as unknown as ElectronCalls,
    app,
    windows,
    notifications,
    trays,
    permission,
    files,
    schemes,
    opened,
    ipcMain,
  }
}

type Desktop = ReturnType<typeof standIn>
const windowOf = (desktop: Desktop) => {
  const [window] = desktop.windows
  if (!window) throw new Error('No window was opened.')
  return window
}

/** What the preload script does: hands one end of a channel to the main process. */
function connectFrom(desktop: Desktop, senderFrame: unknown) {
  const { port1, port2 } = new MessageChannel()
  desktop.ipcMain.emit('framework0:connect', { senderFrame, ports: [asMainPort(port2)] })
  return port1
}

function callerOver(port: MessagePort) {
  return createCaller({
    send: (frame: ClientFrame) => port.postMessage(frame),
    listen: ({ frame, close }) => {
      port.on('message', (message: ServerFrame) => frame(message))
      port.on('close', close)
    },
    close: () => port.close(),
  })
}

const quit = async (desktop: Desktop): Promise<void> => {
  desktop.app.quit.mockClear()
  const preventDefault = vi.fn()
  desktop.app.emit('before-quit', { preventDefault })
  expect(preventDefault).toHaveBeenCalledTimes(1)
  await vi.waitFor(() => expect(desktop.app.quit).toHaveBeenCalledTimes(1), 8_000)
  desktop.app.emit('before-quit', { preventDefault })
  expect(preventDefault).toHaveBeenCalledTimes(1)
}

describe('the desktop application', () => {
  const folder = temporaryFolder('desktop-data')
  const desktop = standIn()
  afterAll(() => removeFolder(folder))

  it('opens one window that is sandboxed, isolated and without Node, at the page of its link', async () => {
    await runDesktop(desktop.electron, entry, ['--data', folder, 'framework0://alerts?q=x'])
    expect(desktop.windows).toHaveLength(1)
    const { options, loadURL } = windowOf(desktop)
    expect(options.webPreferences).toEqual({
      preload: join(root, 'out', 'preload', 'index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    })
    expect(loadURL).toHaveBeenCalledWith('app://framework0/alerts?q=x')
    expect(desktop.schemes).toHaveBeenCalledWith([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ])
    expect(desktop.app.setAsDefaultProtocolClient).toHaveBeenCalledWith('framework0')
  })

  it('gives a session to the main frame of its own window', async () => {
    const port = connectFrom(desktop, windowOf(desktop).webContents.mainFrame)
    const access = createClient(contracts.access, callerOver(port))
    expect(await access.me({})).toMatchObject({ roles: ['admin'], via: 'desktop' })
    port.close()
  })

  it.each([
    ['a frame inside the page', () => ({ url: 'app://framework0/' })],
    ['a frame that is gone', () => null],
  ])('gives none to %s', async (_, frame) => {
    const closed = new Promise<string>((resolve) =>
      connectFrom(desktop, frame()).once('close', () => resolve('closed')),
    )
    expect(await closed).toBe('closed')
  })

  it.each(['https://evil.example/', 'app://evil/', 'http://framework0/', 'data:text/html,x', 'about:blank', ''])(
    'gives none to its own main frame while that shows “%s”',
    async (url) => {
      const { mainFrame } = windowOf(desktop).webContents
      const before = mainFrame.url
      mainFrame.url = url
      const closed = new Promise<string>((resolve) =>
        connectFrom(desktop, mainFrame).once('close', () => resolve('closed')),
      )
      mainFrame.url = before
      expect(await closed).toBe('closed')
    },
  )

  it('survives a request for a session without a port', () => {
    desktop.ipcMain.emit('framework0:connect', { senderFrame: windowOf(desktop).webContents.mainFrame, ports: [] })
  })

  it('opens no second window, and only web addresses outside', () => {
    const { open } = windowOf(desktop)
    for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 'smb://x', 'framework0://alerts', 'mailto:x'])
      expect(open({ url })).toEqual({ action: 'deny' })
    expect(desktop.opened).not.toHaveBeenCalled()
    expect(open({ url: 'https://prometheus.example/graph' })).toEqual({ action: 'deny' })
    expect(open({ url: 'http://prometheus.example/' })).toEqual({ action: 'deny' })
    expect(desktop.opened.mock.calls).toEqual([['https://prometheus.example/graph'], ['http://prometheus.example/']])
  })

  it('stays on its own pages', () => {
    const stays = (url: string): boolean => {
      const preventDefault = vi.fn()
      windowOf(desktop).webContents.emit('will-navigate', { url, preventDefault })
      return preventDefault.mock.calls.length === 1
    }
    for (const url of ['https://evil.example/', 'file:///etc/passwd', 'app://evil/', 'app://framework0.evil/', 'x'])
      expect(stays(url)).toBe(true)
    expect(stays('app://framework0/connections')).toBe(false)
  })

  it('grants a page nothing but the clipboard that a person writes', () => {
    const granted = (name: string): boolean => {
      let answer = true
      desktop.permission.request?.(null, name, (given) => {
        answer = given
      })
      expect(desktop.permission.check?.(null, name)).toBe(answer)
      return answer
    }
    for (const name of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fullscreen'])
      expect(granted(name)).toBe(false)
    expect(granted('clipboard-sanitized-write')).toBe(true)
  })

  it('serves its files with the policies, and nothing outside them', async () => {
    const ask = async (url: string) => {
      const response = await desktop.files.handle?.(new Request(url))
      return { status: response?.status, headers: response?.headers, body: await response?.text() }
    }
    const page = await ask('app://framework0/alerts?x=1')
    expect([page.status, page.body]).toEqual([200, '<!doctype html><title>page</title>'])
    expect(page.headers?.get('content-type')).toContain('text/html')
    expect(page.headers?.get('content-security-policy')).toContain("default-src 'self'")
    expect((await ask('app://framework0/assets/app.js')).headers?.get('content-type')).toContain('javascript')
    for (const url of [
      'app://framework0/..%2f..%2fpackage.json',
      'app://framework0/assets/missing.js',
      'app://framework0/%00.js',
      'app://elsewhere/index.html',
    ]) {
      const { status, body, headers } = await ask(url)
      expect([status, body]).toEqual([404, 'Not found.'])
      expect(headers?.get('content-security-policy')).toContain("default-src 'self'")
    }
  })

  it('is shown by a second one, which hands over its link and quits', async () => {
    const second = standIn()
    const window = windowOf(desktop)
    window.minimized = true
    await runDesktop(second.electron, entry, ['--data', folder, 'framework0://alerts?alert=prod.1'])
    expect(second.windows).toEqual([])
    expect(second.app.quit).toHaveBeenCalledTimes(1)
    expect(window.restore).toHaveBeenCalledTimes(1)
    expect(window.focus).toHaveBeenCalledTimes(1)
    expect(window.loadURL).toHaveBeenLastCalledWith('app://framework0/alerts?alert=prod.1')
  })

  it('opens the page of a server host that has the folder', async () => {
    const other = temporaryFolder('served')
    const served = claim(other)
    served?.server.on('request', ({ url }, response) => {
      if (url === '/link') response.end('http://127.0.0.1:1/?token=x')
      else response.writeHead(404).end()
    })
    await served?.listen()
    const second = standIn()
    await runDesktop(second.electron, entry, ['--data', other])
    expect(second.opened).toHaveBeenCalledWith('http://127.0.0.1:1/?token=x')
    expect(second.app.quit).toHaveBeenCalledTimes(1)
    await served?.release()
    removeFolder(other)
  })

  it('follows a deep link, and no other', () => {
    desktop.app.emit('open-url', {}, 'framework0://connections/1')
    expect(windowOf(desktop).loadURL).toHaveBeenLastCalledWith('app://framework0/connections/1')
    expect(pageOf('https://evil.example/x')).toBe('app://framework0/')
    expect(pageOf('nonsense')).toBe('app://framework0/')
    expect(pageOf(null)).toBe('app://framework0/')
  })

  it('quits cleanly, letting the folder go', async () => {
    await quit(desktop)
    const instance = claim(folder)
    expect(instance).not.toBeNull()
    await instance?.release()
    desktop.app.emit('window-all-closed')
    expect(desktop.app.quit).toHaveBeenCalledTimes(2)
  })
})

describe.runIf(available('prometheus-alertmanager'))('critical alerts on the desktop', () => {
  const folder = temporaryFolder('desktop-data')
  const desktop = standIn()
  let peer: AlertmanagerPeer
  let port: MessagePort
  beforeAll(async () => {
    peer = await startAlertmanager()
    await runDesktop(desktop.electron, entry, ['--data', folder])
    port = connectFrom(desktop, windowOf(desktop).webContents.mainFrame)
  })
  afterAll(async () => {
    port?.close()
    await quit(desktop)
    await peer.stop()
    removeFolder(folder)
  })
  const clients = () => {
    const caller = callerOver(port)
    return {
      connections: createClient(contracts.connections, caller),
      alerts: createClient(contracts.alerts, caller),
      operations: createClient(contracts.operations, caller),
      access: createClient(contracts.access, caller),
    }
  }
  const fire = async (name: string): Promise<void> => {
    await peer.post([{ labels: { alertname: name, severity: 'critical' }, annotations: { summary: `${name}!` } }])
    await clients().alerts.refresh({})
  }
  const critical = () => desktop.app.setBadgeCount.mock.lastCall?.[0] as number

  it('are counted, but what already fired before the first look notifies nobody', async () => {
    await peer.post([{ labels: { alertname: 'Old', severity: 'critical' } }])
    const { connections, access } = clients()
    await connections.create({
      kind: 'alertmanager',
      name: 'AM',
      url: peer.url,
      environment: 'prod',
      auth: { kind: 'bearer', token: 'kept-in-the-keychain' },
      tls: {},
    })
    expect(await access.vault({})).toEqual({ state: 'unlocked', by: 'keychain', keychainUnavailable: null })
    expect(filesWith(folder, 'kept-in-the-keychain')).toEqual([])
    await vi.waitFor(() => expect(critical()).toBe(1), 5_000)
    expect(desktop.notifications).toEqual([])
    expect(desktop.trays[0]?.setToolTip).toHaveBeenLastCalledWith('1 critical alerts')
  })

  it('notify once when they are new, and open their alert', async () => {
    await fire('Down')
    await vi.waitFor(() => expect(critical()).toBe(2), 5_000)
    await vi.waitFor(() => expect(desktop.notifications).toHaveLength(1))
    expect(desktop.notifications[0]).toMatchObject({ title: 'Down in prod', body: 'Down!' })
    desktop.notifications[0]?.click()
    expect(windowOf(desktop).loadURL.mock.lastCall?.[0]).toMatch(/^app:\/\/framework0\/alerts\?alert=prod\.[0-9a-f]+$/)
    await clients().alerts.refresh({})
    expect(desktop.notifications).toHaveLength(1)
  })

  it('are only counted in quiet hours, and when notifications are off', async () => {
    const { operations } = clients()
    const at = (hours: number): string => {
      const time = new Date(Date.now() + hours * 3_600_000)
      return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`
    }
    await operations.setPreferences({ quietHours: { from: at(-1), to: at(1) } })
    await fire('AtNight')
    await vi.waitFor(() => expect(critical()).toBe(3), 5_000)
    await operations.setPreferences({ quietHours: null, notifications: false })
    await fire('Muted')
    await vi.waitFor(() => expect(critical()).toBe(4), 5_000)
    expect(desktop.notifications).toHaveLength(1)
    desktop.trays[0]?.emit('click')
    expect(windowOf(desktop).focus).toHaveBeenCalled()
  })
})

describe('a workspace that cannot be opened', () => {
  it('is told in a window of its own, inert, and the folder is let go', async () => {
    const folder = temporaryFolder('desktop-data')
    const database = new Database(join(folder, 'workspace.db'))
    database.exec('create table somebody_elses (x)')
    database.close()
    const desktop = standIn()
    await runDesktop(desktop.electron, entry, ['--data', folder])
    const window = windowOf(desktop)
    expect(window.options.webPreferences).toEqual({ sandbox: true, javascript: false })
    const html = decodeURIComponent(window.loadURL.mock.lastCall?.[0] ?? '')
    expect(html).toContain('not made by this application')
    window.emit('closed')
    expect(desktop.app.quit).toHaveBeenCalledTimes(1)
    const instance = claim(folder)
    expect(instance).not.toBeNull()
    await instance?.release()
    removeFolder(folder)
  })
})

describe('a data folder that cannot be one', () => {
  it('is told in a window too', async () => {
    const desktop = standIn()
    await runDesktop(desktop.electron, entry, ['--data', join(root, 'package.json')])
    const html = decodeURIComponent(windowOf(desktop).loadURL.mock.lastCall?.[0] ?? '')
    expect(html).toMatch(/package\.json cannot be used.*Choose another one/)
  })
})

describe('the keychain', () => {
  const { safeStorage } = standIn().electron
  const { safeStorage: weak } = standIn({ encrypts: false }).electron

  it('keeps a text and gives it back', async () => {
    const keychain = electronKeychain(safeStorage, 'linux')
    expect(await keychain.unavailable()).toBeNull()
    const sealed = await keychain.protect('secret ü')
    expect(sealed).not.toContain('secret')
    expect(await keychain.reveal(sealed)).toBe('secret ü')
  })

  it('that only obfuscates is refused, with the way on', async () => {
    expect(await electronKeychain(weak, 'linux').unavailable()).toContain('passphrase')
    expect(await electronKeychain(weak, 'darwin').unavailable()).toContain('not available')
  })
})
