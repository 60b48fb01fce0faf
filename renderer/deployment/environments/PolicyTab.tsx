import { Lock, LockOpen, Pencil } from 'lucide-react'
import type { Environment, FreezeWindow } from '#preload/deployment/environments.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { plural } from '#renderer/ui/format.ts'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import type { EnvironmentActions } from './environment-actions.ts'
import type { EnvironmentForbidden } from './queries.ts'

type PolicyTabProps = {
  readonly environment: Environment
  readonly actions: EnvironmentActions
  readonly forbidden: EnvironmentForbidden
}

const Window = ({ window }: { readonly window: FreezeWindow }) => (
  <>
    <SafeText text={window.summary} />
    <span className="block text-muted">
      <Timestamp at={window.from} /> to <Timestamp at={window.until} />
    </span>
  </>
)

function Freezes({ environment }: { readonly environment: Environment }) {
  const { frozen, nextFreeze, freezeCalendar } = environment
  const none = <span className="text-muted">none within a year</span>
  if (freezeCalendar.trim() === '') return <p className="text-muted">No calendar: nothing is ever frozen.</p>
  return (
    <KeyValueList
      items={[
        {
          name: 'Now',
          value: frozen === null ? <span className="text-muted">not frozen</span> : <Window window={frozen} />,
        },
        { name: 'Next', value: nextFreeze === null ? none : <Window window={nextFreeze} /> },
      ]}
    />
  )
}

/** Who has to agree, when nothing may change, and whether somebody stopped everything. */
export function PolicyTab({ environment, actions, forbidden }: PolicyTabProps) {
  const { lock, requiredApprovals } = environment
  const edit = (
    <Button
      size={24}
      icon={Pencil}
      forbidden={forbidden('environments.update')}
      onClick={() => actions.edit(environment)}
    >
      Edit
    </Button>
  )
  return (
    <>
      <Section
        title="Lock"
        actions={
          <Button
            size={24}
            icon={lock === null ? Lock : LockOpen}
            forbidden={forbidden(lock === null ? 'environments.lock' : 'environments.unlock')}
            onClick={() => actions.toggleLock(environment)}
          >
            {lock === null ? 'Lock' : 'Unlock'}
          </Button>
        }
      >
        {lock === null ? (
          <p className="text-muted">Not locked: rollouts may begin.</p>
        ) : (
          <p>
            <SafeText text={lock.reason} />
            <span className="block text-muted">
              by <SafeText text={lock.by} />, <RelativeTime at={lock.at} />
            </span>
          </p>
        )}
      </Section>
      <Section title="Approvals" actions={edit}>
        {requiredApprovals === 0
          ? 'Nobody else has to agree to a rollout or a change.'
          : `${plural(requiredApprovals, 'other person', 'other people')} must agree to a rollout, and to a change of the environment itself. In a workspace of one person nobody is asked.`}
      </Section>
      <Section title="Freezes" actions={edit}>
        <Freezes environment={environment} />
      </Section>
    </>
  )
}
