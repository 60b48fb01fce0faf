import { FileUp } from 'lucide-react'
import { type Ref, useRef } from 'react'
import type { UseFormRegisterReturn } from 'react-hook-form'
import { Button } from './Button.tsx'
import { Field } from './Field.tsx'
import { TextArea, TextField } from './TextField.tsx'

const keptText = 'kept in the vault — type to replace'

type Common = {
  readonly label: string
  readonly field: UseFormRegisterReturn
  readonly error: string | undefined
  /** A stored secret stays when the field is left empty. */
  readonly kept?: boolean | undefined
}

type SecretFieldProps = Common & { readonly hint?: string | undefined; readonly required?: boolean | undefined }

/** A secret on one line; it is written to the vault and never read back. */
export function SecretField({ label, field, error, kept = false, hint, required = !kept }: SecretFieldProps) {
  return (
    <Field label={label} required={required} error={error} hint={hint}>
      <TextField
        {...field}
        ref={field.ref as Ref<HTMLInputElement>}
        type="password"
        autoComplete="new-password"
        placeholder={kept ? keptText : undefined}
      />
    </Field>
  )
}

type PemFieldProps = Common & {
  readonly hint?: string | undefined
  readonly required?: boolean | undefined
  readonly onText: (text: string) => void
}

/** PEM text, pasted or from a file. */
export function PemField({ label, field, error, kept = false, hint, required, onText }: PemFieldProps) {
  const file = useRef<HTMLInputElement>(null)
  const read = async (chosen: File | undefined) => {
    if (chosen !== undefined) onText(await chosen.text())
  }
  return (
    <div className="flex flex-col gap-1">
      <Field label={label} error={error} hint={hint} required={required}>
        <TextArea
          {...field}
          ref={field.ref as Ref<HTMLTextAreaElement>}
          mono
          rows={3}
          placeholder={kept ? keptText : '-----BEGIN …'}
        />
      </Field>
      <div>
        <Button
          size={24}
          icon={FileUp}
          aria-label={`From a file… for the ${label}`}
          onClick={() => file.current?.click()}
        >
          From a file…
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".pem,.crt,.cer,.key"
          onChange={(event) => {
            void read(event.target.files?.[0])
            event.target.value = ''
          }}
        />
      </div>
    </div>
  )
}
