import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is put on a host, as tests read it. */
export const hostScript = readFileSync(join(import.meta.dirname, '../../../../resources/hosts/host.sh'), 'utf8')
