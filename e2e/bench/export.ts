import { systemClock } from '#main/kernel/clock.ts'
import { entryOf, portsOver } from '#main/security/audit/export/entries.fixture.ts'
import { exportEntries } from '#main/security/audit/export/export.ts'
import type { AuditFormat } from '#preload/security/audit.ts'
import { type Row, residentMiB } from './measure.ts'

const entries = 1_000_000

type Measured = { readonly seconds: number; readonly megabytes: number; readonly memory: readonly number[] }

/** Pulls a whole export and looks at the resident memory at every tenth of it. */
async function measure(format: AuditFormat, size: number): Promise<Measured> {
  const ports = { ...portsOver(size, (n) => entryOf(n)), clock: systemClock }
  const memory: number[] = []
  let bytes = 0
  const began = performance.now()
  for await (const item of exportEntries(format, {}, ports, new AbortController().signal)) {
    if (item instanceof Uint8Array) bytes += item.length
    else if (item.entries >= (memory.length * size) / 10) memory.push(residentMiB(process.pid))
  }
  return { seconds: (performance.now() - began) / 1_000, megabytes: bytes / 1e6, memory }
}

const rowOf = (format: AuditFormat, size: number, { seconds, megabytes, memory }: Measured): Row => ({
  what: `Export of ${size.toLocaleString('en')} entries to ${format.toUpperCase()}`,
  ours: [
    `${Math.round(size / seconds).toLocaleString('en')} entries/s, ${megabytes.toFixed(0)} MB`,
    `memory at each tenth ${memory.map((mib) => mib.toFixed(0)).join(', ')} MiB`,
  ].join('; '),
  goal: 'memory flat',
})

/** Formats that stream; entries are made as they are read, so the log itself is not measured. */
export async function exportRows(): Promise<Row[]> {
  await measure('csv', 50_000)
  const rows: Row[] = []
  for (const format of ['csv', 'jsonl', 'ocsf', 'xlsx'] as const)
    rows.push(rowOf(format, entries, await measure(format, entries)))
  return rows
}
