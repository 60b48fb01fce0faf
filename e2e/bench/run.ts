import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditRows } from './audit.ts'
import { exportRows } from './export.ts'
import { fingerprintRows } from './fingerprint.ts'
import { gatewayRows } from './gateway.ts'
import { historyRows } from './history.ts'
import { inboxRows } from './inbox.ts'
import { machine, table } from './measure.ts'
import { policyRows } from './policy.ts'
import { rolloutRows } from './rollouts.ts'
import { sessionRows } from './sessions.ts'
import { startRows } from './start.ts'
import { transportRows } from './transport.ts'

const rows = [
  ...(await startRows()),
  ...(await inboxRows()),
  ...historyRows(),
  ...fingerprintRows(),
  ...policyRows(),
  ...(await transportRows()),
  ...(await auditRows()),
  ...(await exportRows()),
  ...(await sessionRows()),
  ...(await gatewayRows()),
  ...(await rolloutRows()),
]
const text = [
  '# Measured',
  '',
  `On ${machine()}; ${new Date().toISOString().slice(0, 10)}. Medians, with the extremes and the number of runs in brackets.`,
  'Absolute times of a shared machine wobble by a factor of two; compare within one run. Written by `npm run bench`.',
  '',
  table(rows),
  '',
  "Alertmanager's own web page is not in Debian's package and cannot be built without Elm's package server, so its API",
  'answering the same 10,000 alerts stands beside our inbox instead. Chromium draws without a GPU here.',
  'Every proxy is one process before one nginx; the rollouts serve small nginx instances, so that the subject is not what is measured.',
  '',
].join('\n')
writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text)
console.log(text)
process.exit()
