import { create } from 'zustand'
import { asAppError } from '#preload/contract/error.ts'
import type { AuditFilter, AuditFormat, ExportProgress } from '#preload/security/audit.ts'
import { openDrawer } from '#renderer/app/overlays.ts'
import { api } from '#renderer/rpc/client.ts'
import { saveBlob } from '#renderer/ui/export.ts'
import { plural } from '#renderer/ui/format.ts'
import { toast } from '#renderer/ui/toasts.ts'
import { createParts } from './parts.ts'

export type ExportFile = {
  readonly name: string
  readonly blob: Blob
  /** As the application announced it. */
  readonly sha256: string
  /** Of the bytes that arrived here; null where they are too many to hash in one piece. */
  readonly measured: string | null
}

export type ExportRun = {
  readonly id: number
  readonly format: AuditFormat
  /** What is exported, as a phrase. */
  readonly words: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly entries: number
  readonly total: number
  readonly bytes: number
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly error: unknown
  readonly file: ExportFile | null
}

/** Exports live here and not in a screen, so that they go on wherever the person goes. */
export const useExports = create<{ readonly runs: readonly ExportRun[] }>(() => ({ runs: [] }))

/** The drawer's tab that lists them. */
export const exportsTab = 'audit-exports'

const requests = new Map<number, AbortController>()
let last = 0

const change = (id: number, changed: Partial<ExportRun>): void =>
  useExports.setState(({ runs }) => ({ runs: runs.map((run) => (run.id === id ? { ...run, ...changed } : run)) }))

/** Hashing wants the whole file in memory at once. */
const hashedUpTo = 256 * 1024 * 1024

async function hashOf(blob: Blob): Promise<string | null> {
  if (blob.size > hashedUpTo) return null
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

type Request = { readonly format: AuditFormat; readonly filter: AuditFilter }

async function receive(id: number, { format, filter }: Request, signal: AbortSignal): Promise<ExportFile> {
  const parts = createParts()
  let done: ExportProgress['done'] = null
  for await (const item of api.audit.export({ format, filter }, { signal })) {
    if (item instanceof Uint8Array) {
      parts.add(item)
      continue
    }
    change(id, { entries: item.entries, total: item.total, bytes: item.bytes })
    done = item.done
  }
  if (done === null) throw new Error('The export ended without saying that it was done.')
  const blob = parts.join(done.mediaType)
  return { name: done.name, blob, sha256: done.sha256, measured: await hashOf(blob) }
}

const showExports = (): void => openDrawer(exportsTab)

async function run(id: number, request: Request, signal: AbortSignal): Promise<void> {
  try {
    const file = await receive(id, request, signal)
    if (file.measured !== null && file.measured !== file.sha256)
      throw new Error('What arrived is not what the application sent.')
    change(id, { state: 'done', file, endedAt: Date.now() })
    saveBlob(file.name, file.blob)
    const { entries = 0 } = useExports.getState().runs.find((held) => held.id === id) ?? {}
    toast(`Exported ${plural(entries, 'entry', 'entries')} to ${file.name}.`, {
      action: { label: 'Show', run: showExports },
    })
  } catch (thrown) {
    const cancelled = signal.aborted || asAppError(thrown).code === 'cancelled'
    change(id, { state: cancelled ? 'cancelled' : 'failed', error: cancelled ? null : thrown, endedAt: Date.now() })
    if (!cancelled) toast('The export failed.', { tone: 'failed', action: { label: 'Show', run: showExports } })
  } finally {
    requests.delete(id)
  }
}

/** Begins an export; it saves its file when it is done. @returns the id of the run. */
export function startExport(request: Request, words: string): number {
  last += 1
  const id = last
  const controller = new AbortController()
  requests.set(id, controller)
  const fresh: ExportRun = {
    id,
    format: request.format,
    words,
    startedAt: Date.now(),
    endedAt: null,
    entries: 0,
    total: 0,
    bytes: 0,
    state: 'running',
    error: null,
    file: null,
  }
  useExports.setState(({ runs }) => ({ runs: [fresh, ...runs] }))
  void run(id, request, controller.signal)
  return id
}

export const cancelExport = (id: number): void => requests.get(id)?.abort()

/** Lets a finished run go, and with it the memory of its file. */
export const forgetExport = (id: number): void =>
  useExports.setState(({ runs }) => ({ runs: runs.filter((run) => run.id !== id || run.state === 'running') }))
