import type { Plan, Release, RolloutInput, Service, Strategy } from '#preload/deployment/rollouts.ts'
import {
  beginningOf,
  type Configuration,
  differencesOf,
  type RecordedConfiguration,
  whyNotAgain,
} from './configuration.ts'
import { metricsFor } from './judgement.ts'
import type { StoredPlacement } from './store.ts'

/** What is known when a rollout is planned. */
export type PlanFacts = {
  readonly input: RolloutInput
  readonly service: Pick<Service, 'replicas' | 'name'> | null
  readonly release: Release | null
  readonly placement: StoredPlacement | null
  /** Why the environment takes nothing now: it does not exist, is locked or frozen. */
  readonly refusal: string | null
  readonly running: boolean
  /** What the version that runs was recorded with, if it was, and what a version gets now; null without environment or service. */
  readonly configuration: { readonly running: RecordedConfiguration | null; readonly next: Configuration } | null
  readonly requestsPerSecond: number | null
  /** How it would part from what Git says. */
  readonly drift: string | null
  readonly production: boolean
}

/** What a rollout would change, how, at what risk, and why it cannot be started now. Decides nothing by itself. */
export function planRollout(facts: PlanFacts): Plan {
  const { input, service, placement } = facts
  const replicas = service?.replicas ?? 0
  const from = placement?.version ?? null
  const changes = [
    { what: `Version of ${input.service} in ${input.environment}`, before: from, after: input.version },
    ...(from === null ? [{ what: 'Instances', before: '0', after: String(replicas) }] : []),
    ...(from === null ? [] : configurationChanges(facts)),
  ]
  const unjudged = unjudgedPercent(input, from)
  return {
    changes,
    begins: facts.release && facts.configuration && beginningOf(facts.release.digest, facts.configuration.next),
    steps: stepsOf(input.strategy, input.version, from, replicas, metricsFor(input.analysis.metrics, from).length),
    risk: riskOf(facts, from, unjudged),
    blastRadius: { requestsPerSecond: facts.requestsPerSecond, instances: replicas, unjudgedPercent: unjudged },
    drift: facts.drift,
    blocked: blockers(facts, from),
  }
}

/** Of secrets only whether they are other ones. */
function configurationChanges({ configuration, input }: PlanFacts): Plan['changes'] {
  if (configuration === null) return []
  const { running, next } = configuration
  if (running === null)
    return [{ what: 'Configuration', before: 'not recorded', after: `as ${input.environment} has it now` }]
  return differencesOf(running, next).map(({ kind, name, recorded, present }) => ({
    what: kind === 'value' ? `Configuration ${name}` : kind === 'secret' ? `Secret ${name}` : name,
    before: recorded,
    after: present,
  }))
}

/** Why what runs could not be started again with what it has; null when it could. */
const noWayBack = ({ configuration, input }: PlanFacts): string | null =>
  configuration && whyNotAgain(input.environment, configuration.running, configuration.next)

function blockers(facts: PlanFacts, from: string | null): string[] {
  const { input, service, release, refusal, running } = facts
  const { strategy } = input
  const still =
    strategy.kind === 'rolling' && strategy.maxSurge === 0 && strategy.maxUnavailable === 0
      ? 'A rolling rollout needs a surge, or instances that may be missing: with neither it cannot move.'
      : null
  const percents = strategy.kind === 'canary' ? strategy.steps.map(({ weight }) => weight) : []
  const falling = percents.some((percent, at) => percent < (percents[at - 1] ?? 0))
  const judged = strategy.kind === 'canary' && strategy.steps.some(({ analyse }) => analyse)
  const analysed = judged || (strategy.kind === 'blue-green' && strategy.analyse)
  return [
    service ? null : `There is no service ${input.service}.`,
    service && !release ? `${input.service} has no version ${input.version}.` : null,
    release?.excluded ? `${input.version} is excluded: ${release.excluded.reason}` : null,
    from === input.version ? `${input.version} runs in ${input.environment} already.` : null,
    refusal,
    running ? `Another rollout of ${input.service} runs in ${input.environment}.` : null,
    still,
    // It also ends some of what runs, which is asked for with all that it has.
    strategy.kind === 'rolling' ? noWayBack(facts) : null,
    falling ? 'The steps of a canary do not fall.' : null,
    analysed && input.analysis.metrics.length === 0 ? 'A step is to be judged, and no metric says how.' : null,
  ].filter((each) => each !== null)
}

function stepsOf(strategy: Strategy, to: string, from: string | null, replicas: number, metrics: number): string[] {
  const instances = (count: number): string => `${count} ${count === 1 ? 'instance' : 'instances'}`
  const ready = `Start ${instances(replicas)} of ${to} and wait until they are ready.`
  const all = `Send all requests to ${to}.`
  const endOld = from === null ? [] : [`End ${from} when its requests are answered; its files are kept.`]
  const judged = `Judge it by ${metrics === 1 ? 'one metric' : `${metrics} metrics`}.`
  switch (strategy.kind) {
    case 'canary':
      if (from === null)
        return [
          ready,
          `${all.slice(0, -1)}: it is the first version, so there is none to share them with.`,
          ...(metrics > 0 && strategy.steps.some(({ analyse }) => analyse) ? [judged] : []),
        ]
      return [
        `Start 1 instance of ${to} beside ${from}.`,
        ...(strategy.mirrorPercent > 0 ? [`Send it copies of ${strategy.mirrorPercent} % of the requests.`] : []),
        ...strategy.steps.flatMap(({ weight, pause, analyse }) => [
          `Send ${weight} % of the requests to ${to}${pauseText(pause)}.`,
          ...(analyse ? [judged] : []),
        ]),
        ...(replicas > 1 ? [ready] : []),
        all,
        ...endOld,
      ]
    case 'rolling':
      return [`Replace ${instances(replicas)} some at a time.`, all, ...endOld]
    case 'blue-green':
      return [
        ready,
        ...(strategy.approve ? ['Wait until a person lets it switch.'] : []),
        all,
        ...(strategy.analyse && metrics > 0 ? [judged] : []),
        ...(strategy.keepWarmSeconds > 0 && from !== null
          ? [`Keep ${from} warm for ${strategy.keepWarmSeconds} s.`]
          : []),
        ...endOld,
      ]
    case 'recreate':
      return [...(from === null ? [] : [`End ${from}; requests fail until ${to} is ready.`]), ready, all]
    case 'immutable':
      return [ready, all, ...endOld]
  }
}

const pauseText = (pause: { kind: 'time'; seconds: number } | { kind: 'person' }): string => {
  if (pause.kind === 'person') return ' and wait for a person'
  return pause.seconds === 0 ? '' : ` for ${pause.seconds} s`
}

/** The share of requests that the new version has got when it is judged for the last time, or gets unjudged. */
function unjudgedPercent({ strategy, analysis }: RolloutInput, from: string | null): number {
  if (from === null || strategy.kind !== 'canary' || analysis.metrics.length === 0) return 100
  const first = strategy.steps.find(({ analyse }) => analyse)
  return first ? first.weight : 100
}

function riskOf(facts: PlanFacts, from: string | null, unjudged: number): Plan['risk'] {
  const { strategy, analysis } = facts.input
  const high = [
    strategy.kind === 'recreate' && from !== null ? 'Requests fail while nothing runs.' : null,
    facts.production && unjudged === 100 && from !== null ? 'All requests get it before anything has judged it.' : null,
  ].filter((each) => each !== null)
  const medium = [
    unjudged > 25 && unjudged < 100 ? `${unjudged} % of the requests get it before it is judged.` : null,
    analysis.metrics.length === 0 && from !== null ? 'No metric judges it.' : null,
    strategy.kind === 'rolling' ? null : noWayBack(facts),
    from === null ? 'It is the first version here: there is nothing to go back to.' : null,
    facts.requestsPerSecond === null && from !== null
      ? 'No requests were measured lately, so little can be judged.'
      : null,
  ].filter((each) => each !== null)
  const level = high.length > 0 ? 'high' : medium.length > 0 ? 'medium' : 'low'
  return { level, reasons: [...high, ...medium] }
}
