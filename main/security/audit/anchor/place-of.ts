import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '#main/kernel/clock.ts'
import type { AnchorInput } from '#preload/security/audit-delivery.ts'
import { folderPlace } from './folder.ts'
import { gitPlace } from './git.ts'
import type { AnchorPlace, Checkpoints } from './place.ts'
import type { TokenStore } from './tsa.ts'

type Surroundings = {
  readonly clock: Clock
  /** In the data folder; repositories of our own go below it. */
  readonly directory: string
  readonly checkpoints: Checkpoints
}

/** The place that settings describe. `tokens` are those of this anchor. What reads timestamps is loaded at first use. */
export const placeOf =
  ({ clock, directory, checkpoints }: Surroundings) =>
  async (settings: AnchorInput, tokens: TokenStore): Promise<AnchorPlace> => {
    if (settings.kind === 'tsa') {
      const { tsaPlace } = await import('./tsa.ts')
      return tsaPlace(settings, tokens, checkpoints, clock)
    }
    if (settings.kind === 'folder') return folderPlace(settings.name, settings.path, checkpoints)
    // What was pushed to one repository says nothing of another.
    const identity = createHash('sha256')
      .update(`${settings.repository}\0${settings.branch}`)
      .digest('hex')
      .slice(0, 16)
    return gitPlace(settings, join(directory, `${identity}.git`), checkpoints)
  }
