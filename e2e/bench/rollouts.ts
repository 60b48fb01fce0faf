import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endAgent } from '#e2e/app/peers/subject.ts'
import { wrk } from '#e2e/app/peers/wrk.ts'
import { removeFolder, startTrial, type Trial, temporaryFolder } from '#main/app/trial.ts'
import type { AnalysisInput } from '#preload/deployment/analysis.ts'
import type { RolloutInput, Strategy } from '#preload/deployment/rollouts.ts'
import { type Row, show, spread } from './measure.ts'

const environment = 'bench'
const manyServices = 100
const manyRequests = 1_000_000
const rollbacks = 5

/** A version whose instance is a small nginx: the subject must not be what is measured. */
function build(below: string, version: string): string {
  const folder = join(below, version)
  mkdirSync(folder, { recursive: true })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path $d/${name};`)
  const configuration = `daemon off; user root; master_process off; pid $d/pid; error_log stderr warn;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')}
server { listen 127.0.0.1:$PORT backlog=4096; location / { default_type text/plain; return 200 "version ${version}"; } } }`
  const script = `d=$(mktemp -d)\ncat > $d/nginx.conf <<END\n${configuration}\nEND\nexec nginx -c $d/nginx.conf -p $d -e stderr\n`
  writeFileSync(join(folder, 'start.sh'), script)
  return folder
}

const none: AnalysisInput = { metrics: [], intervalSeconds: 5, looks: 1, inconclusiveAllowed: 0 }
const judged: AnalysisInput = {
  metrics: [
    {
      source: { kind: 'gateway-error-rate' },
      ...{ name: 'Errors', max: 0.000_001, min: null, baseline: null, minimumSamples: 1_000, failuresAllowed: 0 },
    },
  ],
  ...{ intervalSeconds: 5, looks: 2, inconclusiveAllowed: 100 },
}
const immutable: Strategy = { kind: 'immutable' }

/** What rollouts cost and how fast they go back, on this machine as it is used: one trial of the whole application. */
export async function rolloutRows(): Promise<Row[]> {
  const folder = temporaryFolder('bench-rollouts')
  const data = join(folder, 'data')
  const trial = await startTrial(data)
  try {
    await trial.api.environments.create({
      ...{ name: environment, description: '', region: '', owners: [], target: { kind: 'machine' }, layers: [] },
      ...{ requiredApprovals: 0, freezeCalendar: '', expiresAt: null },
    })
    await addService(trial, 'checkout', folder, ['1.0.0', '1.1.0'])
    await rollOut(trial, { service: 'checkout', version: '1.0.0' })
    return [await canary(trial), await wayBack(trial), ...(await sideBySide(trial, folder))]
  } finally {
    await trial.close()
    endAgent(data)
    removeFolder(folder)
  }
}

async function addService({ api }: Trial, name: string, folder: string, versions: readonly string[]): Promise<void> {
  await api.rollouts.saveService({
    ...{ name, description: '', command: ['/bin/sh', 'start.sh'], healthPath: '/', replicas: 1, stopGraceSeconds: 5 },
    ...{ memoryMegabytes: null, cpuPercent: null, revision: null },
  })
  for (const version of versions)
    await api.rollouts.addRelease({ service: name, version, folder: build(folder, version), notes: '' })
}

async function rollOut({ api }: Trial, input: Pick<RolloutInput, 'service' | 'version'> & Partial<RolloutInput>) {
  const { id } = await api.rollouts.start({ environment, strategy: immutable, analysis: none, ...input })
  return ended(api, id)
}

async function ended(api: Trial['api'], id: string): Promise<string> {
  for (;;) {
    const { endedAt, state } = await api.rollouts.get({ id })
    if (endedAt !== null) return state
    await sleep(20)
  }
}

const addressOf = async ({ api }: Trial, service: string): Promise<string> =>
  (await api.rollouts.services({})).find(({ name }) => name === service)?.placements[0]?.address ?? ''

/** A canary at full load, promoted step by step while at least so many requests pass. */
async function canary(trial: Trial): Promise<Row> {
  const url = `${await addressOf(trial, 'checkout')}/`
  const steps = [5, 25, 50].map((weight) => ({
    ...{ weight, pause: { kind: 'time' as const, seconds: 5 }, analyse: true },
  }))
  const strategy: Strategy = { kind: 'canary', sticky: { kind: 'none' }, mirrorPercent: 0, header: null, steps }
  const going = rollOut(trial, { service: 'checkout', version: '1.1.0', strategy, analysis: judged })
  let requests = 0
  let failed = 0
  let state: string | null = null
  void going.then((ending) => {
    state = ending
  })
  while (requests < manyRequests || state === null) {
    const load = await wrk({ url, connections: 64, seconds: 10 })
    requests += load.requests
    failed += load.failed
  }
  return {
    what: 'Rollout, requests through a canary from 5 % to all at full load',
    ours: `${requests.toLocaleString('en')} requests, ${failed} failed; ${state}`,
    goal: '1,000,000, 0 unexplained failures',
  }
}

/** From the key that rolls back to the last answer of the version that goes, asked without a pause. */
async function wayBack(trial: Trial): Promise<Row> {
  const url = await addressOf(trial, 'checkout')
  const times: number[] = []
  for (let run = 0; run < rollbacks; run++) {
    const going = await (await fetch(url)).text()
    const decided = performance.now()
    const { id } = await trial.api.rollouts.rollBack({ environment, service: 'checkout', reason: '' })
    const over = ended(trial.api, id)
    let last = decided
    for (;;) {
      const answer = await (await fetch(url)).text()
      if (answer !== going) break
      last = performance.now()
    }
    await over
    times.push((last - decided) / 1_000)
  }
  return {
    what: 'Rollback after a full promotion, from the decision to the last bad answer',
    ours: show(spread(times), 's', 2),
    goal: 'seconds',
  }
}

async function sideBySide(trial: Trial, folder: string): Promise<Row[]> {
  const names = Array.from({ length: manyServices }, (_, index) => `service-${index}`)
  for (const name of names) await addService(trial, name, folder, ['1.0.0'])
  const started = performance.now()
  const states = await Promise.all(names.map((service) => rollOut(trial, { service, version: '1.0.0' })))
  const took = (performance.now() - started) / 1_000
  const answers = await Promise.all(
    names.map(async (name) => (await fetch(await addressOf(trial, name)).catch(() => null))?.status === 200),
  )
  const stopped = performance.now()
  await Promise.all(names.map((service) => trial.api.rollouts.decommission({ environment, service })))
  const succeeded = states.filter((state) => state === 'succeeded').length
  return [
    {
      what: `Rollout, ${manyServices} services at once, one instance each`,
      ours: `${took.toFixed(1)} s; ${succeeded} succeeded, ${answers.filter(Boolean).length} answer`,
      goal: 'all',
    },
    {
      what: `Rollout, ${manyServices} services stopped at once`,
      ours: `${((performance.now() - stopped) / 1_000).toFixed(1)} s`,
    },
  ]
}
