import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '#e2e/app/bundle.ts'
import type { AnalysisInput } from '#preload/deployment/analysis.ts'
import type { ServiceInput } from '#preload/deployment/rollouts.ts'

/** How a version of the subject behaves. */
export type Behaviour = {
  /** Every so many-th request fails with 500; 0 for none. */
  readonly failEvery?: number
  readonly delayMs?: number
  /** Ends by itself, with code 1, so long after its start. */
  readonly exitAfterMs?: number
}

/** Builds one version of the subject. @returns its folder. */
export function buildSubject(below: string, version: string, behaviour: Behaviour = {}): string {
  const folder = join(below, `subject-${version}`)
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(import.meta.dirname, 'subject', 'server.mjs'), join(folder, 'server.mjs'))
  writeFileSync(join(folder, 'subject.json'), JSON.stringify({ version, ...behaviour }))
  return folder
}

/** Builds one version of the subject that measures itself with OpenTelemetry. @returns its folder. */
export async function buildInstrumented(below: string, version: string, behaviour: Behaviour = {}): Promise<string> {
  const folder = join(below, `payments-${version}`)
  mkdirSync(folder, { recursive: true })
  await bundle(join(import.meta.dirname, 'subject', 'payments.ts'), join(folder, 'server.mjs'))
  rmSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'subject.json'), JSON.stringify({ version, ...behaviour }))
  return folder
}

/** The subject as a service of the application. */
export const subjectService = (name = 'checkout', replicas = 2): ServiceInput => ({
  ...{
    name,
    description: 'Takes orders.',
    command: [process.execPath, 'server.mjs'],
    healthPath: '/healthz',
    replicas,
  },
  ...{ stopGraceSeconds: 5, memoryMegabytes: null, cpuPercent: null },
})

/** Judges by errors at the gateway, quickly. */
export const errorAnalysis: AnalysisInput = {
  metrics: [
    {
      source: { kind: 'gateway-error-rate' },
      ...{ name: 'Errors', max: 0.02, min: null, baseline: null, minimumSamples: 30, failuresAllowed: 0 },
    },
  ],
  ...{ intervalSeconds: 2, looks: 2, inconclusiveAllowed: 3 },
}

/** Ends the agent of a data folder and everything it runs, at once: a test leaves nothing behind. */
export function endAgent(data: string): void {
  const kill = (pid: number, group: boolean): void => {
    try {
      process.kill(group ? -pid : pid, 'SIGKILL')
    } catch {
      // it has ended
    }
  }
  const pid = join(data, 'agent', 'agent.pid')
  if (existsSync(pid)) kill(Number(readFileSync(pid, 'utf8')), true)
  const processes = join(data, 'agent', 'processes')
  if (!existsSync(processes)) return
  for (const name of readdirSync(processes)) {
    const { identity } = JSON.parse(readFileSync(join(processes, name), 'utf8'))
    if (identity) kill(identity.pid, true)
  }
}
