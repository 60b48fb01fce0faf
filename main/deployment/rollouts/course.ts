import { type Clock, iso } from '#main/kernel/clock.ts'
import type { JobContext } from '#main/kernel/jobs/kind.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { AnalysisRun } from '#preload/deployment/analysis.ts'
import type { CanaryStep, RolloutEvent, RolloutState } from '#preload/deployment/rollouts.ts'
import { comesBackWith } from './configuration.ts'
import type { Configurations } from './configurations.ts'
import type { GoneBack, SaidToGit } from './git/go-back.ts'
import type { RolloutHistory, StoredRollout } from './history.ts'
import { decide, judge, metricsFor, overall, type Reading } from './judgement.ts'
import { coarser } from './measurements.ts'
import type { Moves } from './moves.ts'
import { onceUnlocked } from './once-unlocked.ts'
import { RollBack } from './roll-back.ts'

/** What a person, or something that watches, tells a running rollout. */
export type RolloutSignal =
  | { readonly kind: 'resume'; readonly by: string }
  | { readonly kind: 'abort'; readonly by: string | null; readonly reason: string }

export const signalName = 'told'

type Ports = {
  readonly moves: Moves
  readonly history: RolloutHistory
  readonly clock: Clock
  readonly configurations: Pick<Configurations, 'find' | 'present' | 'forget' | 'keepOnly'>
  readonly replicasOf: (service: string) => Promise<number>
  readonly read: (
    metric: StoredRollout['analysis']['metrics'][number],
    question: { environment: string; service: string; canary: string; baseline: string | null; since: string },
    signal: AbortSignal,
  ) => Promise<Reading>
  /** Tells Git that a version was not kept; null where Git is not the source. */
  readonly goBackInGit: (gone: GoneBack, signal: AbortSignal) => Promise<SaidToGit | null>
  /** Rollouts that somebody stops; one that waits for the vault hears of it only so. */
  readonly stopping: ReadonlySet<string>
  readonly onChange: (id: string) => void
}

/** Looked at beside every metric: instances that are not ready, or were started again. */
const healthName = 'Health'

/** The numbers that are kept of a rollout are those of its last minutes, in so many steps. */
const measuredOverMs = 5 * 60_000
const mostWindows = 60

/** A canary that nobody judges any more after this many looks at one step: a person has to. */
const mostLooks = 500

/**
 * The course of one rollout as a durable job: every move and every look is a recorded step, every wait can be ended by a
 * signal. Whatever goes wrong with the new version brings the present one back.
 */
export function createCourse(ports: Ports) {
  const { moves, history, clock, configurations, read, onChange } = ports

  return async (job: JobContext, rolloutId: string): Promise<void> => {
    const rollout = await history.find(rolloutId)
    if (!rollout) return
    const { environment, service, fromVersion: from, toVersion: to, strategy, analysis } = rollout
    const metrics = metricsFor(analysis.metrics, from)

    const said = new Map<string, number>()
    const tell = async (kind: RolloutEvent['kind'], text: string, by: string | null = null): Promise<void> => {
      const sentence = `say ${kind}: ${text}`
      const times = (said.get(sentence) ?? 0) + 1
      said.set(sentence, times)
      await job.step(times === 1 ? sentence : `${sentence} (${times})`, null, async () => {
        await history.addEvent(rolloutId, { at: iso(clock.now()), kind, text, by })
        await history.change(rolloutId, { phase: text })
      })
      await job.progress(text)
      onChange(rolloutId)
    }
    const be = async (key: string, change: Parameters<RolloutHistory['change']>[1]): Promise<void> => {
      await job.step(`state ${key}`, null, () => history.change(rolloutId, change))
      onChange(rolloutId)
    }
    const end = async (state: RolloutState, text: string): Promise<void> => {
      await tell('finished', text)
      await be('end', { state, endedAt: iso(clock.now()) })
    }

    const heed = (told: RolloutSignal | null): 'resume' | null => {
      if (told?.kind === 'abort') throw new RollBack(told.reason, told.by)
      return told ? 'resume' : null
    }
    const begun = (key: string): Promise<string> => job.step(`${key} since`, null, () => iso(clock.now()))
    /** What is told during this wait. A second word to go on that was meant for the wait before does not end this one. */
    const told = async (key: string, timeoutMs?: number, began?: string): Promise<RolloutSignal | null> => {
      const since = began ?? (await begun(key))
      const ends = timeoutMs === undefined ? null : Date.parse(since) + timeoutMs
      for (let word = 1; ; word++) {
        const within = ends === null ? {} : { timeoutMs: Math.max(0, ends - clock.now()) }
        const heard = await job.signalled(word === 1 ? key : `${key} ${word}`, signalName, within)
        if (heard === null) return null
        const signal = heard.payload as RolloutSignal
        if (signal.kind === 'abort' || heard.at >= since) return signal
      }
    }

    const waitForPerson = async (key: string, why: string): Promise<void> => {
      // Before it is shown to wait: who is answered that it goes on must be heard.
      const since = await begun(`${key} person`)
      await be(`${key} paused`, { state: 'paused' })
      await tell('pause', why)
      const signal = (await told(`${key} person`, undefined, since)) as RolloutSignal
      heed(signal)
      await be(`${key} resumed`, { state: 'running' })
      await tell('resumed', 'It goes on.', signal.by)
    }
    const waitFor = async (key: string, seconds: number): Promise<void> => {
      if (seconds > 0) heed((await told(`${key} time`, seconds * 1_000)) ?? null)
    }

    /** Secrets and the key of hosts are in the vault, which is locked after some starts: no reason to go back. */
    const onLocked = async (): Promise<void> => {
      await history.change(rolloutId, { phase: 'It waits until the vault is unlocked.' })
      onChange(rolloutId)
    }
    const openly = onceUnlocked(onLocked, () => ports.stopping.has(rolloutId))
    /** On the way back there is nothing that could be stopped. */
    const openlyBack = onceUnlocked(onLocked)
    const scale = async (version: string, replicas: number, key: string): Promise<void> => {
      await tell(
        'instances',
        replicas === 1 ? `One instance of ${version} is to run.` : `${replicas} instances of ${version} are to run.`,
      )
      await job.step(`scale ${key}`, { version, replicas }, (signal) =>
        openly(signal, () => moves.scale(environment, service, version, replicas, signal)),
      )
    }
    const shift = async (key: string, percent: number, added: Parameters<Moves['shift']>[3] = {}): Promise<void> => {
      await job.step(`shift ${key}`, { percent, added }, () =>
        moves.shift(environment, service, { version: to, percent, other: from }, added),
      )
      await be(`weight ${key}`, { weight: percent })
      await tell('traffic', `${percent} % of the requests go to ${to}.`)
    }
    const retire = async (version: string, key: string): Promise<void> => {
      const problems = await job.step(`retire ${key}`, { version }, (signal) =>
        openlyBack(signal, () => moves.retire(environment, service, version)),
      )
      for (const text of problems) await tell('problem', text)
    }

    /** After the requests are back; what was said then is why, also after an interruption. */
    const tellGit = async (bad: string, good: string | null, why: RolloutEvent['kind']): Promise<void> => {
      const answer = await job.step('git', { bad, good }, async (signal) => {
        const reason = (await history.events(rolloutId)).findLast(({ kind }) => kind === why)?.text ?? ''
        const gone = { environment, service, bad, good, reason, rollout: rolloutId }
        return openlyBack(signal, () => ports.goBackInGit(gone, signal))
      })
      if (answer) await tell(answer.kind, answer.text)
    }

    /** Looks at the metrics until a decision. */
    const analyse = async (at: number | null): Promise<void> => {
      const key = at === null ? 'analysis' : `step ${at + 1}`
      if (metrics.length === 0) return
      const since = await job.step(`${key} since`, null, () => iso(clock.now()))
      const runs: AnalysisRun[] = []
      for (let look = 1; look <= mostLooks; look++) {
        await waitFor(`${key} look ${look}`, analysis.intervalSeconds)
        const run = await job.step(`${key} look ${look}`, { look }, (signal) =>
          lookOnce(at, since, `${key} ${look}`, signal),
        )
        const ill = run.results.find(({ name }) => name === healthName)
        if (ill) throw new RollBack(ill.reason)
        runs.push(run)
        const decision = decide(runs, analysis)
        if (decision.kind === 'look again') continue
        await tell('decision', decision.reason)
        if (decision.kind === 'go on') return
        if (decision.kind === 'roll back') throw new RollBack(decision.reason)
        // Who goes on decides in place of the metrics.
        return waitForPerson(`${key} look ${look}`, `It waits for a person. ${decision.reason}`)
      }
      throw new RollBack(`No decision after ${mostLooks} looks.`)
    }

    const lookOnce = async (
      at: number | null,
      since: string,
      key: string,
      signal: AbortSignal,
    ): Promise<AnalysisRun> => {
      const question = { environment, service, canary: to, baseline: from, since }
      const results = []
      for (const metric of metrics) results.push(judge(metric, await read(metric, question, signal)))
      const illness = await moves.illness(environment, service, to)
      if (illness !== null)
        results.push({
          ...{ name: healthName, verdict: 'failed' as const, value: null, baseline: null, samples: 1, p: null },
          reason: illness,
        })
      const run: AnalysisRun = { at: iso(clock.now()), step: at, verdict: overall(results), results }
      await history.addAnalysis(rolloutId, key, run)
      onChange(rolloutId)
      return run
    }

    const replicas = await job.step('replicas', null, () => ports.replicasOf(service))

    const canary = async ({ steps, sticky, header, mirrorPercent }: CanaryStrategy): Promise<void> => {
      await scale(to, from === null ? replicas : 1, 'canary')
      const added = {
        sticky,
        header: header === null ? null : { ...header, version: to },
        mirror: mirrorPercent === 0 ? null : { version: to, percent: mirrorPercent },
      }
      if (from !== null) {
        await shift('start', 0, added)
        for (const [at, step] of steps.entries()) await canaryStep(at, step, added)
      }
      if (replicas > 1) await scale(to, replicas, 'full')
      await shift('all', 100, { sticky: { kind: 'none' }, header: null, mirror: null })
      if (from === null && steps.some((step) => step.analyse)) await analyse(null)
    }
    const canaryStep = async (
      at: number,
      { weight, pause, analyse: judged }: CanaryStep,
      added: object,
    ): Promise<void> => {
      await be(`step ${at + 1}`, { step: at })
      await shift(`step ${at + 1}`, weight, added)
      if (pause.kind === 'person') await waitForPerson(`step ${at + 1}`, `Step ${at + 1} waits for a person.`)
      else await waitFor(`step ${at + 1} pause`, pause.seconds)
      const illness = await job.step(`step ${at + 1} health`, null, () => moves.illness(environment, service, to))
      if (illness !== null) throw new RollBack(illness)
      if (judged) await analyse(at)
    }
    type CanaryStrategy = Extract<StoredRollout['strategy'], { kind: 'canary' }>

    const wholeSet = async (): Promise<void> => scale(to, replicas, 'whole set')

    const rolling = async (maxSurge: number, maxUnavailable: number): Promise<void> => {
      if (from === null) {
        await wholeSet()
        return shift('all', 100)
      }
      let fresh = 0
      let old = replicas
      while (fresh < replicas || old > 0) {
        // As many as fit at once: above the wanted number by the surge, below it by what may be missing.
        const more = Math.min(replicas - fresh, Math.max(replicas + maxSurge - fresh - old, 0))
        if (more > 0) {
          fresh += more
          await scale(to, fresh, `new ${fresh}`)
          await shift(`new ${fresh}`, Math.round((100 * fresh) / (fresh + old)))
        }
        const less = Math.min(old, Math.max(fresh + old - (replicas - maxUnavailable), 0))
        if (less > 0) {
          old -= less
          await shift(`old ${old}`, Math.round((100 * fresh) / Math.max(1, fresh + old)))
          if (old > 0) await scale(from, old, `old ${old}`)
        }
        if (old === 0 && fresh > 0 && fresh < replicas) await shift(`only ${fresh}`, 100)
        if (old === 0 && fresh === replicas) break
      }
      await shift('all', 100)
    }

    const advance = async (): Promise<void> => {
      switch (strategy.kind) {
        case 'canary':
          return canary(strategy)
        case 'rolling':
          return rolling(strategy.maxSurge, strategy.maxUnavailable)
        case 'blue-green':
          await wholeSet()
          if (strategy.approve) await waitForPerson('switch', `${to} is ready beside ${from ?? 'nothing'}; switch?`)
          await shift('all', 100)
          if (strategy.analyse) await analyse(null)
          return
        case 'recreate':
          if (from !== null) await retire(from, 'old')
          await wholeSet()
          return shift('all', 100)
        case 'immutable':
          await wholeSet()
          return shift('all', 100)
      }
    }

    /** While both are still there: what it did to its versions is told by it later, not by what runs then. */
    const keepMeasured = async (): Promise<void> => {
      await job.step('measure last', null, async () => {
        const now = clock.now()
        const since = iso(Math.max(Date.parse(rollout.startedAt), now - measuredOverMs))
        const versions = from === null ? [to] : [to, from]
        // It is told where it can be; it is no reason to go on or back.
        const measured = await moves.measured(environment, service, versions, since).catch(() => null)
        if (measured === null) return
        const step = Math.max(1, Math.ceil((now - Date.parse(since)) / 1_000 / mostWindows))
        const kept = measured.map((each) => coarser(each, step))
        await history.keepLastMeasured(rolloutId, { since, at: iso(now), versions: kept })
      })
    }
    const keepLastWords = async (): Promise<void> => {
      await job.step('last words', null, async () => {
        const text = await moves.lastWords(environment, service, to)
        if (text !== null) await history.addEvent(rolloutId, { at: iso(clock.now()), kind: 'output', text, by: null })
      })
    }

    const finish = async (): Promise<void> => {
      await keepMeasured()
      const problems = await job.step('settle', null, () => moves.settle(environment, service, to, from))
      for (const text of problems ?? []) await tell('problem', text)
      await job.step('keep configurations', null, async () => {
        const { version, previous } = await moves.find(environment, service)
        const kept = [version, previous].filter((each) => each !== null)
        await configurations.keepOnly({ environment, service }, kept)
      })
      if (strategy.kind === 'blue-green' && from !== null && strategy.keepWarmSeconds > 0) {
        await tell('pause', `${from} is kept warm for ${strategy.keepWarmSeconds} s.`)
        await waitFor('warm', strategy.keepWarmSeconds)
      }
      if (from !== null && strategy.kind !== 'recreate') await retire(from, 'old')
      if (rollout.isRollback && from !== null) await tellGit(from, to, 'started')
      await end('succeeded', `${to} gets all requests.`)
    }

    const bringBack = async (reason: string, by: string | null): Promise<void> => {
      // One step, and looked for at the start: a rollout that goes back never goes forward again.
      await job.step('go back', null, async () => {
        const text = reason === '' ? 'It was aborted.' : reason
        await history.addEvent(rolloutId, { at: iso(clock.now()), kind: 'rollback', text, by })
        await history.change(rolloutId, { state: 'rolling-back', phase: text })
      })
      onChange(rolloutId)
      if (from !== null) {
        const count = await job.step('back replicas', null, () => ports.replicasOf(service))
        // Requests go back before anything else: the present version still runs, unless it was replaced already.
        if (strategy.kind !== 'recreate' && strategy.kind !== 'rolling')
          await job.step('back shift', null, () => backTo(0))
        try {
          await job.step('back scale', null, (signal) =>
            openlyBack(signal, () => moves.scale(environment, service, from, count, signal)),
          )
        } catch (thrown) {
          if (job.signal.aborted) throw thrown
          // A host that is away must not keep the requests with what failed: what runs of it gets them.
          await tell('problem', asAppError(thrown).message)
        }
        await job.step('back shift all', null, () => backTo(0))
        await job.step('back settle', null, () => moves.settleBack(environment, service, from))
        const has = await job.step('back configuration', null, async () => {
          const recorded = await configurations.find({ environment, service, version: from })
          return comesBackWith(from, recorded, await configurations.present({ environment, service }))
        })
        await tell('configuration', has)
      }
      await be('back weight', { weight: 0 })
      await keepMeasured()
      await keepLastWords()
      await retire(to, 'new')
      // So that what its version had before, where it may still be brought back to, is meant again.
      await job.step('forget configuration', null, () => configurations.forget(rolloutId))
      if (!rollout.isRollback) await tellGit(to, from, 'rollback')
      const where = from === null ? 'Nothing is served' : `${from} gets all requests again`
      await end('rolled-back', `${where}.`)
    }
    const backTo = (percent: number): Promise<void> =>
      moves.shift(
        environment,
        service,
        { version: to, percent, other: from },
        { sticky: { kind: 'none' }, header: null, mirror: null },
      )

    if (rollout.state === 'rolling-back') return bringBack('', null)
    try {
      await advance()
      await finish()
    } catch (thrown) {
      if (job.signal.aborted) throw thrown
      if (thrown instanceof RollBack) return bringBack(thrown.message, thrown.by)
      // One that lost its lease begins no further step, so it undoes nothing that another process carries on.
      const error = asAppError(thrown)
      await bringBack(`${error.message} ${error.hint ?? ''}`.trim(), null)
    }
  }
}
