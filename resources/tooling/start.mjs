// npm start: installs and builds what is missing, then opens the operations center.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureBuilt, ensureInstalled, marks, modernNode, root, say, writeMark } from './environment.mjs'

const args = process.argv.slice(2)
const take = (name) => {
  const at = args.indexOf(name)
  if (at >= 0) args.splice(at, 1)
  return at >= 0
}
const serverWanted = take('--server')
const open = !take('--no-open')

ensureInstalled()
ensureBuilt()
const reason = serverWanted ? 'the server host was asked for' : whyNoElectron()
if (reason === null) startDesktop()
else startServer(reason)

/** Null when Electron's binary is here, or could be fetched now; else why not. */
function whyNoElectron() {
  const folder = join(root, 'node_modules', 'electron')
  if (existsSync(join(folder, 'path.txt')))
    return process.platform === 'linux' && !hasDisplay() ? 'there is no display' : null
  const failed = join(marks, 'electron-unavailable')
  const dayMs = 24 * 3600_000
  if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < dayMs)
    return "Electron's binary could not be downloaded today"
  say("Fetching Electron's binary …")
  const fetched = spawnSync(process.execPath, [join(folder, 'install.js')], {
    cwd: root,
    stdio: 'ignore',
    timeout: 300_000,
  })
  if (fetched.status === 0 && existsSync(join(folder, 'path.txt'))) return hasDisplay() ? null : 'there is no display'
  writeMark('electron-unavailable', new Date().toISOString())
  return "Electron's binary could not be downloaded"
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

function startDesktop() {
  const folder = join(root, 'node_modules', 'electron')
  const binary = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
  follow(spawn(binary, [root, ...args], { stdio: 'inherit' }))
}

function startServer(reason) {
  const child = spawn(modernNode(), [join(root, 'out', 'main', 'server.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  follow(child)
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('ready ')) return void say(line)
    process.stdout.write(`${line}\n`)
    if (open) openPage(line.slice('ready '.length), reason)
  })
}

/** Opens a Chromium application window, else the default browser, else says what to open. */
function openPage(url, reason) {
  say(`Opening in the browser because ${reason}.`)
  if (!hasDisplay()) return say(`There is no display here. Open this link, which works once: ${url}`)
  const chromium = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'].find(
    onPath,
  )
  if (chromium) {
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const profile = join(dataFolder(), 'browser')
    const flags = [`--app=${url}`, `--user-data-dir=${profile}`, '--no-first-run', '--window-size=1440,900', ...asRoot]
    spawn(chromium, flags, { stdio: 'ignore', detached: true }).unref()
    return say(`If no window appears, open this link, which works once: ${url}`)
  }
  const opener = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? ['xdg-open']
  const [command, ...rest] = opener
  spawn(command, [...rest, url], { stdio: 'ignore', detached: true })
    .on('error', () => say(`Open this link, which works once: ${url}`))
    .unref()
}

function onPath(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)))
}

/** As main/app/data-folder.ts decides it, for the browser's own profile. */
function dataFolder() {
  const at = args.indexOf('--data')
  const given = at >= 0 ? args[at + 1] : process.env.FRAMEWORK0_DATA
  return given || join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'framework0')
}

function follow(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
