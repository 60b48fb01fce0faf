import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '#e2e/app/bundle.ts'
import { openWorkspace } from '../store/workspace.ts'
import { carryOut, type Place } from './kill.driver.ts'
import { createListing } from './listing.ts'
import { migrations } from './migrations.trial.ts'

const never = 0

let folder: string
let driver: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'))
  driver = join(folder, 'driver.mjs')
  await bundle(join(import.meta.dirname, 'kill.driver.ts'), driver)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** @returns whether the process came to the end of the job. */
function run(place: Place, kind: string, at: number): Promise<boolean> {
  const child = spawn(process.execPath, [driver, JSON.stringify(place), kind, String(at)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  let text = ''
  child.stdout.on('data', (chunk) => (text += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(false)
      else if (text === 'ended\n') resolve(true)
      else reject(new Error(`The driver ended with ${code ?? signal}: ${text}`))
    })
  })
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []

type Expected = {
  readonly kind: string
  readonly state: string
  readonly keyed: readonly string[]
  readonly appended: readonly string[]
  /** So many at the least, or the killing has missed what it is for. */
  readonly moments: number
}

const cases: readonly Expected[] = [
  { kind: 'succeeds', state: 'succeeded', keyed: ['a', 'c'], appended: ['b', 'd'], moments: 60 },
  {
    kind: 'fails',
    state: 'failed',
    keyed: ['a', 'c', 'undo c', 'undo a'],
    appended: ['b', 'd', 'undo d', 'undo b'],
    moments: 100,
  },
  { kind: 'parent', state: 'succeeded', keyed: ['in it', 'after'], appended: [], moments: 40 },
]

/** Kills one job at one moment, lets it go on, and looks at its targets. @returns whether the moment ever came. */
async function killAt(at: number, { kind, state, keyed, appended }: Expected): Promise<boolean> {
  const name = join(folder, `${kind}-${at}`)
  const place = { database: `${name}.db`, keyed: `${name}.keyed`, appended: `${name}.appended` }
  const killed = !(await run(place, kind, at))
  if (killed) await carryOut(place, kind, never)
  const { workspace, close } = await openWorkspace(place.database, migrations)
  const jobs = await createListing(workspace).list()
  await close()
  const ended = kind === 'parent' ? ['child', 'parent'] : [kind]
  expect({ at, jobs: jobs.map((job) => [job.kind, job.state]).toSorted() }).toEqual({
    at,
    jobs: ended.map((one) => [one, state]),
  })
  expect({ at, keyed: linesOf(place.keyed) }).toEqual({ at, keyed })
  expect({ at, appended: linesOf(place.appended) }).toEqual({ at, appended })
  return killed
}

describe('a job that is killed', () => {
  it.each(cases)(
    'at any moment before and after each statement and effect has done each effect once in the end ($kind)',
    { timeout: 600_000 },
    async (expected) => {
      // Two at once, one for each processor; moments are tried in order until one never comes.
      let at = 0
      let last = Number.POSITIVE_INFINITY
      const worker = async (): Promise<void> => {
        while (at < last) {
          const mine = ++at
          if (!(await killAt(mine, expected))) last = Math.min(last, mine)
        }
      }
      await Promise.all([worker(), worker()])
      expect(last).toBeGreaterThan(expected.moments)
    },
  )
})
