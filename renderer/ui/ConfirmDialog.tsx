import { clsx } from 'clsx'
import { AlertDialog as Radix } from 'radix-ui'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { Button } from './Button.tsx'
import { Backdrop, dialogClass } from './Dialog.tsx'
import { useDialogFocus } from './dialog-focus.ts'
import { Field } from './Field.tsx'
import { TextField } from './TextField.tsx'

export type ConfirmDialogProps = {
  readonly open: boolean
  readonly onClose: () => void
  readonly onConfirm: () => void
  /** A question that names the act: `Expire 3 silences?` */
  readonly title: string
  /** What it acts on. */
  readonly target: ReactNode
  /** What will happen, and whether it can be undone. */
  readonly effect: ReactNode
  /** The verb on the button: `Expire silences`. */
  readonly action: string
  readonly destructive?: boolean | undefined
  /** In production: the name that has to be typed first. */
  readonly typedName?: string | undefined
  readonly busy?: boolean | undefined
  readonly error?: ReactNode
  /** What else has to be said, such as a reason; with `ready` false it cannot be confirmed yet. */
  readonly children?: ReactNode
  readonly ready?: boolean | undefined
}

export function ConfirmDialog(given: ConfirmDialogProps) {
  const { open, onClose, onConfirm, title, target, effect, action, destructive = true, typedName, busy, error } = given
  const { children, ready = true } = given
  const [typed, setTyped] = useState('')
  useEffect(() => {
    if (!open) setTyped('')
  }, [open])
  const armed = ready && (typedName === undefined || typed === typedName)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (armed && busy !== true) onConfirm()
  }
  const focus = useDialogFocus()
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Radix.Portal>
        <Backdrop />
        <Radix.Content
          data-modal=""
          aria-modal="true"
          {...focus}
          className={clsx(dialogClass, 'top-[16vh] max-h-[70vh] w-[480px]')}
        >
          <form data-dialog-body="" onSubmit={submit} className="flex min-h-0 flex-col">
            <div className="flex min-h-0 flex-col gap-3 overflow-auto p-4">
              <Radix.Title className="text-title font-semibold">{title}</Radix.Title>
              <Radix.Description asChild>
                <div className="flex flex-col gap-3">
                  <div className="rounded border border-line bg-surface-1 px-3 py-2 font-mono text-code break-words">
                    {target}
                  </div>
                  <div>{effect}</div>
                </div>
              </Radix.Description>
              {children}
              {typedName === undefined ? null : (
                <Field
                  required
                  label={
                    <>
                      Type <code className="rounded-sm bg-pressed px-1 font-mono text-code">{typedName}</code> to go on
                    </>
                  }
                >
                  <TextField mono value={typed} onChange={(event) => setTyped(event.target.value)} />
                </Field>
              )}
              {error === undefined || error === null ? null : (
                <p role="alert" className="text-critical">
                  {error}
                </p>
              )}
            </div>
            <footer className="flex items-center justify-end gap-2 border-t border-line px-4 py-2">
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" kind={destructive ? 'danger' : 'primary'} disabled={!armed} busy={busy}>
                {action}
              </Button>
            </footer>
          </form>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
