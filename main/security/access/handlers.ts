import { factorHandlers } from './handlers/factors.ts'
import { identityHandlers } from './handlers/identities.ts'
import type { AccessHandlers, Ports } from './handlers/ports.ts'
import { sessionHandlers } from './handlers/session.ts'
import { settingHandlers } from './handlers/settings.ts'
import { signInHandlers } from './handlers/sign-in.ts'
import { vaultHandlers } from './handlers/vault.ts'

export const accessHandlers = (ports: Ports): AccessHandlers => ({
  ...sessionHandlers(ports),
  ...signInHandlers(ports),
  ...factorHandlers(ports),
  ...identityHandlers(ports),
  ...settingHandlers(ports),
  ...vaultHandlers(ports),
})
