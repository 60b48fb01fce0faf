import { useMutation } from '@tanstack/react-query'
import { Smartphone } from 'lucide-react'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { CodeForm } from '../proof/CodeForm.tsx'
import { QrCode } from '../QrCode.tsx'
import { useAccessChange } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { showRecoveryCodes } from './fresh-codes.ts'

/** Groups of four are what one can type without losing the place. */
const grouped = (secret: string): string => secret.replaceAll(/(.{4})(?=.)/g, '$1 ')

type EnrolTotpProps = { readonly onEnrolled?: (() => void) | undefined }

/** Enrols an authenticator app (RFC 6238): a picture for its camera, the secret for typing, and its first code. */
export function EnrolTotp({ onEnrolled }: EnrolTotpProps) {
  const begin = useMutation({ mutationFn: (_: null) => api.access.beginTotp({}) })
  const confirm = useAccessChange((code: string) => api.access.confirmTotp({ code }))
  const sentence = sentenceOf(begin.error)
  if (begin.data === undefined)
    return (
      <div className="flex flex-col gap-2">
        <Button size={32} icon={Smartphone} busy={begin.isPending} onClick={() => begin.mutate(null)}>
          Set up an authenticator app
        </Button>
        {sentence === undefined ? null : (
          <p role="alert" className="text-secondary text-critical">
            {sentence}
          </p>
        )}
      </div>
    )
  const { secret, uri } = begin.data
  const send = async (code: string) => {
    showRecoveryCodes(await confirm.mutateAsync(code))
    onEnrolled?.()
  }
  return (
    <div className="flex flex-col gap-3">
      <div className="flex gap-4">
        <QrCode text={uri} label="QR code for the authenticator app" size={148} />
        <div className="flex min-w-0 flex-1 flex-col gap-2">
          <p>Scan this with your authenticator app, or type the secret into it.</p>
          <div className="flex items-start gap-1">
            <output aria-label="Secret for typing" className="min-w-0 font-mono text-code break-words select-text">
              {grouped(secret)}
            </output>
            <CopyButton label="Copy the secret" text={secret} />
          </div>
        </div>
      </div>
      <CodeForm
        label="The code it shows now"
        action="Enrol"
        busy={confirm.isPending}
        error={confirm.error}
        onCode={send}
      />
    </div>
  )
}
