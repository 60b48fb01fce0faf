import type { Handlers } from '#main/kernel/service.ts'
import type { AlertRow } from '#preload/observability/alerts.ts'
import type { Matcher } from '#preload/observability/matchers.ts'
import type { SilenceTarget, silences } from '#preload/observability/silences.ts'
import type { Reference, SilenceService } from './service.ts'

type Ports = {
  readonly service: SilenceService
  readonly targets: (signal: AbortSignal) => Promise<SilenceTarget[]>
  readonly preview: (
    request: { target: string; matchers: readonly Matcher[]; limit: number },
    signal: AbortSignal,
  ) => Promise<{ count: number; alerts: AlertRow[] }>
}

const previewed = 50

/** What the audit log keeps of a silence: all but its author's name, which the log must be able to forget. */
const logged = <T extends { readonly createdBy: string }>({ createdBy, ...silence }: T) => silence

export function silenceHandlers({ service, targets, preview }: Ports): Handlers<typeof silences> {
  return {
    list: ({ states }) => service.list(states),
    targets: (_, { signal }) => targets(signal),
    async preview({ target, matchers }, { signal }) {
      const { count, alerts } = await preview({ target, matchers, limit: previewed }, signal)
      return { count, alerts }
    },

    async create({ target, ...draft }, { caller, correlationId, signal, record }) {
      const silence = { ...draft, createdBy: caller.name }
      const reference = await service.create(target, silence, { name: caller.name, correlationId }, signal)
      record({ targets: [reference.id], after: { ...draft, ...reference } })
      return reference
    },
    async edit({ target, id, ...draft }, { caller, signal, record }) {
      const silence = { ...draft, createdBy: caller.name }
      const { before, after } = await service.edit({ target, id }, silence, signal)
      record({ targets: [...new Set([id, after.id])], before: logged(before), after: { ...draft, ...after } })
      return after
    },
    async extend({ silences, endsAt }, { signal, record }) {
      const moved: Reference[] = []
      await service.extend(silences, endsAt, signal, (before, after) => {
        moved.push(after)
        record({ targets: [after.id], before: logged(before), after: { ...logged(before), endsAt } })
      })
      return { silences: moved }
    },
    async expire({ silences }, { signal, record }) {
      let expired = 0
      await service.expire(silences, signal, (before, { id }) => {
        expired++
        record({ targets: [id], before: logged(before), after: null })
      })
      return { expired }
    },
  }
}
