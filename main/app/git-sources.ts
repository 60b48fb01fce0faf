import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuid } from 'uuid'
import { goBackInGit } from '#main/deployment/rollouts/git/go-back.ts'
import { gitSourceHandlers, gitSourceResources } from '#main/deployment/rollouts/git/handlers.ts'
import { createGitSources } from '#main/deployment/rollouts/git/sources.ts'
import { createGitSourceStore } from '#main/deployment/rollouts/git/store.ts'
import type { RolloutService } from '#main/deployment/rollouts/service.ts'
import type { RolloutStore } from '#main/deployment/rollouts/store.ts'
import { openGit } from '#main/engines/git/git.ts'
import { application } from '#main/kernel/access/caller.ts'
import type { Resource } from '#main/kernel/access/policy.ts'
import type { AuditLog, ChangeRecord } from '#main/kernel/audit/log.ts'
import type { Clock } from '#main/kernel/clock.ts'
import type { Log } from '#main/kernel/log/log.ts'
import { serve } from '#main/kernel/service.ts'
import type { Workspace } from '#main/kernel/store/workspace.ts'
import type { Vault } from '#main/kernel/vault/vault.ts'
import { contracts } from '#preload/app/contracts.ts'
import { asAppError } from '#preload/contract/error.ts'
import type { RolloutInput } from '#preload/deployment/rollouts.ts'

type Parts = {
  readonly workspace: Workspace
  /** The data folder. */
  readonly folder: string
  readonly vault: Vault
  readonly audit: Pick<AuditLog, 'begin' | 'finish'>
  readonly clock: Clock
  readonly log: Log
  readonly store: Pick<RolloutStore, 'service' | 'placement' | 'release'>
  readonly rollouts: () => Pick<RolloutService, 'plan' | 'start' | 'exclude' | 'running'>
  readonly environment: (name: string | null) => Promise<Resource>
  /** Why nothing is rolled out from this workspace at all. */
  readonly closed: string | null
  readonly onChange: () => void
  readonly everyMs: number
}

/** Git as the source of versions: what rollouts ask of it, and what it starts and excludes as the application. */
export function openGitSources(parts: Parts) {
  const { workspace, vault, clock, log, store, rollouts, environment, closed, onChange, everyMs } = parts
  const git = openGit(join(parts.folder, 'git'))
  const life = new AbortController()
  const recorded = asApplication(parts.audit)
  const sources = createGitSources({
    ...{ store: createGitSourceStore(workspace), vault, git, clock, onChange },
    runs: async (name) => (await store.placement(name.environment, name.service))?.version ?? null,
    changing: async (name) =>
      (await rollouts().running()).some(
        (each) => each.environment === name.environment && each.service === name.service,
      ),
    async refusal(name) {
      if (closed !== null) return closed
      if ((await environment(name.environment)).id === null) return `There is no environment ${name.environment}.`
      return (await store.service(name.service)) ? null : `There is no service ${name.service}.`
    },
    approvals: async (name) => Number((await environment(name)).labels.requiredApprovals ?? 0),
    plan: (input) => rollouts().plan(input),
    start: async (input, text) =>
      recorded('rollouts.start', input, [input.environment], async () => {
        const started = await rollouts().start(input, { name: application.name, approvals: [] }, text)
        return [{ targets: [started.id], after: started }]
      }),
  })

  const exclude = async (service: string, version: string, reason: string): Promise<void> => {
    const release = await store.release(service, version)
    if (!release || release.excluded) return
    await recorded('rollouts.exclude', { service, version, reason }, [], async () => {
      const after = await rollouts().exclude(service, version, reason, application.name)
      return [{ targets: [after.id], after }]
    })
  }
  const watch = async (): Promise<void> => {
    while (!life.signal.aborted) {
      await sources.readAll(life.signal).catch((error: unknown) => {
        if (!life.signal.aborted) log.warn('sources in Git', { error })
      })
      await sleep(everyMs, undefined, { signal: life.signal, ref: false })
    }
  }

  return {
    service: serve(contracts.gitSources, gitSourceHandlers(sources), gitSourceResources(environment)),
    drift: (input: RolloutInput) => sources.drift(input),
    goBack: goBackInGit({ sources, git, exclude }),
    removeOf: sources.removeOf,
    start: (): void => {
      if (closed === null) watch().catch(() => {})
    },
    close: (): void => life.abort(),
  }
}

/** Does something without being asked, with the audit entry that a person's act would have. */
const asApplication =
  (audit: Parts['audit']) =>
  async (
    operation: string,
    input: unknown,
    environments: readonly string[],
    work: () => Promise<readonly ChangeRecord[]>,
  ): Promise<void> => {
    const intent = await audit.begin({
      ...{ caller: application, operation, input, correlationId: uuid(), environments, policies: [], approval: null },
    })
    try {
      await audit.finish(intent, { outcome: 'succeeded', changes: await work() })
    } catch (thrown) {
      await audit.finish(intent, { outcome: 'failed', changes: [], error: asAppError(thrown).toShape() })
      throw thrown
    }
  }
