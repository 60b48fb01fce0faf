import { Field } from '#renderer/ui/Field.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'

type Props = { readonly value: string; readonly shortest: number; readonly onChange: (text: string) => void }

/** What opens the stored secrets over there, where the keychain of this machine is of no use. */
export function VaultPassphrase({ value, shortest, onChange }: Props) {
  return (
    <Field
      label="Passphrase for the stored secrets"
      hint={`The keychain of this machine protects them here, and the others do not have it. Everybody who needs the secrets is told this one. At least ${shortest} characters.`}
      required
    >
      <TextField
        type="password"
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  )
}
