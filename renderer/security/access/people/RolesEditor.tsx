import { useState } from 'react'
import type { Identity } from '#preload/security/access.ts'
import type { Role } from '#preload/security/roles.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { useAccessChange } from '../queries.ts'
import { allRoles, roleHints, roleNames } from '../roles.ts'
import { groupRolesOf } from './person.ts'

type RolesEditorProps = { readonly person: Identity; readonly forbidden: string | undefined }

const same = (left: readonly Role[], right: readonly Role[]): boolean =>
  left.length === right.length && left.every((role) => right.includes(role))

/** Gives and takes roles. What groups give is shown, and changed with the groups. */
export function RolesEditor({ person, forbidden }: RolesEditorProps) {
  const [base, setBase] = useState(person)
  const [draft, setDraft] = useState<readonly Role[]>(person.assignedRoles)
  const byGroup = groupRolesOf(person)
  const change = useAccessChange(api.access.setIdentity)
  const changed = !same(draft, base.assignedRoles)
  // Another's change shows through while nothing was touched here.
  if (!changed && base.revision !== person.revision) {
    setBase(person)
    setDraft(person.assignedRoles)
  }
  const toggle = (role: Role) => (on: boolean) =>
    setDraft(on ? [...draft, role] : draft.filter((candidate) => candidate !== role))
  const takePresent = () => {
    setBase(person)
    setDraft(person.assignedRoles)
    change.reset()
  }
  const save = () =>
    change.mutate(
      { id: base.id, assignedRoles: [...draft], disabled: base.disabled, revision: base.revision },
      {
        onSuccess: (next) => {
          setBase(next)
          setDraft(next.assignedRoles)
        },
      },
    )
  return (
    <div className="flex flex-col gap-2">
      {change.error === null ? null : <ErrorPanel title="The roles were not changed." error={change.error} />}
      <div className="grid grid-cols-2 gap-x-4 gap-y-1">
        {allRoles.map((role) => (
          <Checkbox
            key={role}
            label={roleNames[role]}
            hint={byGroup.includes(role) ? 'Has it by a group.' : roleHints[role]}
            checked={draft.includes(role)}
            disabled={forbidden !== undefined}
            onChange={toggle(role)}
          />
        ))}
      </div>
      <div className="flex gap-2">
        <Button
          kind={changed ? 'primary' : 'default'}
          busy={change.isPending}
          disabled={!changed}
          forbidden={forbidden}
          onClick={save}
        >
          Change roles
        </Button>
        {changed ? (
          <Button kind="ghost" onClick={takePresent}>
            Undo
          </Button>
        ) : null}
      </div>
    </div>
  )
}
