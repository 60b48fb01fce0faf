import type { AlertFilter, AlertRow } from '#preload/observability/alerts.ts'
import { api } from '#renderer/rpc/client.ts'
import { requireApplication } from '#renderer/rpc/connection.ts'
import { hasShortened, wholeLabels } from './labels.ts'
import type { AlertToSilence } from './silence-port.ts'

/** What an action is about: alerts that were picked, or everything that passes a filter but the exceptions. */
export type Target =
  | { readonly kind: 'alerts'; readonly alerts: readonly AlertRow[] }
  | {
      readonly kind: 'all'
      readonly filter: AlertFilter
      readonly except: ReadonlySet<string>
      readonly count: number
    }

export const countOf = (target: Target): number => (target.kind === 'alerts' ? target.alerts.length : target.count)

/** The alerts of a target that are known one by one; none for "all". */
export const knownOf = (target: Target): readonly AlertRow[] => (target.kind === 'alerts' ? target.alerts : [])

/** @throws AppError while the application is away. */
export async function idsOf(target: Target): Promise<readonly string[]> {
  requireApplication()
  if (target.kind === 'alerts') return target.alerts.map(({ id }) => id)
  const ids = await api.alerts.ids(target.filter)
  return ids.filter((id) => !target.except.has(id))
}

const page = 1_000

/** Every row that passes a filter, page after page. */
export async function allRows(
  filter: Omit<Parameters<typeof api.alerts.list>[0], 'offset' | 'limit' | 'groupBy' | 'collapsed'>,
  signal?: AbortSignal,
): Promise<readonly AlertRow[]> {
  const rows: AlertRow[] = []
  for (let offset = 0; ; offset += page) {
    const answer = await api.alerts.list({ ...filter, offset, limit: page }, { signal })
    rows.push(...answer.rows.flatMap((row) => (row.kind === 'alert' ? row.alert : [])))
    if (answer.rows.length < page) return rows
  }
}

/** A row shortens long labels; of a single alert they are fetched whole, of many they are left out. */
export async function alertsToSilence(target: Target): Promise<readonly AlertToSilence[]> {
  requireApplication()
  const rows =
    target.kind === 'alerts' ? target.alerts : (await allRows(target.filter)).filter(({ id }) => !target.except.has(id))
  const [only] = rows
  if (only !== undefined && rows.length === 1 && hasShortened(only.labels))
    return [await api.alerts.get({ id: only.id })]
  return rows.map(({ labels, environment, sources }) => ({ labels: wholeLabels(labels), environment, sources }))
}
