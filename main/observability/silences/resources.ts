import { inEnvironment, type ResourcesOf } from '#main/kernel/service.ts'
import { localTarget, type SilenceTarget, type silences } from '#preload/observability/silences.ts'

type Ports = {
  readonly targets: () => Promise<readonly SilenceTarget[]>
  /** Every environment that an alert of this workspace can be in. */
  readonly environments: () => Promise<readonly string[]>
}

/**
 * The environments that a silence reaches, for the policies: the one of its Alertmanager; for a silence of this workspace,
 * which covers whatever matches from any source, every environment there is.
 */
export function silenceResources({ targets, environments }: Ports): ResourcesOf<typeof silences> {
  const reach = async (wanted: readonly string[]) => {
    const known = await targets()
    const names = await Promise.all(
      wanted.map(async (id) =>
        id === localTarget ? await environments() : [known.find((target) => target.id === id)?.environment ?? null],
      ),
    )
    return [...new Set(names.flat())].map((environment) => inEnvironment(environment))
  }
  const ofSilences = ({ silences }: { readonly silences: readonly { readonly target: string }[] }) =>
    reach([...new Set(silences.map(({ target }) => target))])
  return {
    create: ({ target }) => reach([target]),
    edit: ({ target }) => reach([target]),
    extend: ofSilences,
    expire: ofSilences,
  }
}
