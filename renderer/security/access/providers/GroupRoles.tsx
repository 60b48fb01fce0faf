import { Plus, X } from 'lucide-react'
import type { GroupRole } from '#preload/security/sign-in.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { allRoles, roleNames } from '../roles.ts'

type GroupRolesProps = {
  readonly rows: readonly GroupRole[]
  readonly disabled: boolean
  readonly onChange: (rows: readonly GroupRole[]) => void
}

const options = allRoles.map((role) => ({ value: role, label: roleNames[role] }))

/** Which group of a provider gives which role here. */
export function GroupRoles({ rows, disabled, onChange }: GroupRolesProps) {
  const change = (at: number, part: Partial<GroupRole>) =>
    onChange(rows.map((row, index) => (index === at ? { ...row, ...part } : row)))
  return (
    <div className="flex flex-col gap-2">
      <p className="text-secondary text-muted">
        The groups come from the provider. <code className="font-mono text-code">*</code> is everybody who can sign in.
      </p>
      {rows.length === 0 ? <p className="text-muted">No group gives a role yet.</p> : null}
      <ul className="flex max-w-3xl flex-col gap-1">
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are edited in place and have no other identity
          <li key={at} className="flex items-center gap-2">
            <TextField
              mono
              aria-label={`Group ${at + 1}`}
              placeholder="sre"
              value={row.group}
              disabled={disabled}
              onChange={(event) => change(at, { group: event.target.value })}
            />
            <span className="shrink-0 text-muted">gives</span>
            <Select
              aria-label={`Role of group ${at + 1}`}
              options={options}
              value={row.role}
              disabled={disabled}
              onChange={(role) => change(at, { role })}
              className="max-w-44"
            />
            <IconButton
              icon={X}
              label={`Remove the group ${row.group || at + 1}`}
              disabled={disabled}
              onClick={() => onChange(rows.filter((_, index) => index !== at))}
            />
          </li>
        ))}
      </ul>
      <Button
        size={24}
        icon={Plus}
        disabled={disabled}
        onClick={() => onChange([...rows, { group: '', role: 'viewer' }])}
        className="self-start"
      >
        Add a group
      </Button>
    </div>
  )
}
