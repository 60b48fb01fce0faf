import type { AuditFormat } from '#preload/security/audit.ts'

type Format = { readonly title: string; readonly purpose: string }

/** The formats an export can have, each with the one thing it is for. */
export const formats: Readonly<Record<AuditFormat, Format>> = {
  evidence: {
    title: 'Evidence package',
    purpose: 'For an auditor who must not have to trust us: entries with proofs, checkpoints and public keys.',
  },
  csv: { title: 'CSV', purpose: 'For a spreadsheet or a quick look: one line an entry.' },
  jsonl: { title: 'JSON Lines', purpose: 'For scripts: every entry whole, one JSON object a line.' },
  ocsf: { title: 'OCSF', purpose: 'For a SIEM: events in the Open Cybersecurity Schema Framework.' },
  xlsx: { title: 'Excel workbook', purpose: 'For people who filter and sort by hand, with real dates.' },
  pdf: { title: 'PDF', purpose: 'For the file and the signature: pages that can be printed and archived.' },
}
