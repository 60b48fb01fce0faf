import { asAppError } from '#preload/contract/error.ts'
import type { Silence, SilenceInput } from '#preload/observability/silences.ts'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import { formatDuration, formatTimestamp, plural } from '#renderer/ui/format.ts'
import { toast } from '#renderer/ui/toasts.ts'
import { extendedEnd } from './extension.ts'

type Reference = { readonly target: string; readonly id: string }

/** What an action did, and how to take it back where that is possible. */
export type Done = { readonly text: string; readonly undo: (() => Promise<unknown>) | null }

const referenceOf = ({ target, id }: Silence): { target: string; id: string } => ({ target, id })
const until = (endsAt: string): string => formatTimestamp(Date.parse(endsAt)).slice(0, 16)

export async function createSilence(input: SilenceInput): Promise<Done> {
  requireApplication()
  const reference = await api.silences.create(input)
  return { text: `Silenced until ${until(input.endsAt)}.`, undo: () => api.silences.expire({ silences: [reference] }) }
}

export async function editSilence(id: string, input: SilenceInput): Promise<Done> {
  requireApplication()
  await api.silences.edit({ ...input, id })
  return { text: `Changed the silence; it ends ${until(input.endsAt)}.`, undo: null }
}

/** Moves each end by the same time. Stops at the first that fails; those before it have moved. */
export async function extendSilences(silences: readonly Silence[], seconds: number): Promise<Done> {
  requireApplication()
  const moved: { readonly reference: Reference; readonly endsAt: string }[] = []
  for (const silence of silences) {
    const endsAt = extendedEnd(silence.endsAt, seconds, Date.now())
    const answer = await api.silences.extend({ silences: [referenceOf(silence)], endsAt })
    moved.push(...answer.silences.map((reference) => ({ reference, endsAt: silence.endsAt })))
  }
  return {
    text: `Extended ${plural(moved.length, 'silence')} by ${formatDuration(seconds)}.`,
    undo: async () => {
      for (const { reference, endsAt } of moved) await api.silences.extend({ silences: [{ ...reference }], endsAt })
    },
  }
}

/** Ends silences now. Undo makes them again, with new ids, to the end they had. */
export async function expireSilences(silences: readonly Silence[]): Promise<Done> {
  requireApplication()
  const { expired } = await api.silences.expire({ silences: silences.map(referenceOf) })
  return {
    text: `Expired ${plural(expired, 'silence')}.`,
    undo: async () => {
      const startsAt = new Date().toISOString()
      for (const { target, matchers, endsAt, comment } of silences)
        await api.silences.create({ target, matchers, startsAt, endsAt, comment })
    },
  }
}

/** Tells what was done, with Undo where there is one. */
export function announce({ text, undo }: Done, after: () => unknown): void {
  if (undo === null) {
    toast(text)
    return
  }
  const run = () =>
    undo()
      .then(
        () => toast('Undone.'),
        (thrown: unknown) => toast(`Could not be undone. ${asAppError(thrown).message}`, { tone: 'failed' }),
      )
      .finally(after)
  toast(text, { action: { label: 'Undo', run } })
}
