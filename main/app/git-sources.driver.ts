import { startTrial } from './trial.ts'

export const trialPassphrase = 'correct horse battery'

/**
 * The child of git-sources.test.ts: an application that brings the version before back, and is killed while the revert is
 * being pushed.
 */
const [data, environment, service] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && data && environment && service) {
  const { api } = await startTrial(data)
  await api.access.unlockVault({ passphrase: trialPassphrase })
  await api.rollouts.rollBack({ environment, service, reason: 'It forgets orders.' })
}
