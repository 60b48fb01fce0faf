import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Me } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { factorsQuery, useAccessChange } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { EnrolPasskey } from './EnrolPasskey.tsx'
import { EnrolTotp } from './EnrolTotp.tsx'
import { FactorLines, type FactorStep } from './FactorLines.tsx'
import { showRecoveryCodes } from './fresh-codes.ts'

type AskProps = { readonly open: FactorStep; readonly onClose: () => void }

function AskRemoval({ open, onClose }: AskProps) {
  const remove = useAccessChange(api.access.removeFactor)
  const removal = typeof open === 'object' ? open : null
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      open={removal !== null}
      onClose={close}
      onConfirm={() => {
        if (removal === null) return
        const { kind, id } = removal
        remove.mutate(id === undefined ? { kind } : { kind, id }, { onSuccess: close })
      }}
      title="Remove this second factor?"
      target={removal?.name}
      effect="It proves nothing any more. Where a second factor is required and this was the last, you enrol another the next time you sign in."
      action="Remove"
      busy={remove.isPending}
      error={sentenceOf(remove.error)}
    />
  )
}

function AskNewCodes({ open, onClose }: AskProps) {
  const renew = useAccessChange((_: null) => api.access.renewRecoveryCodes({}))
  const close = () => {
    renew.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      open={open === 'codes'}
      onClose={close}
      onConfirm={() =>
        renew.mutate(null, {
          onSuccess: (codes) => {
            close()
            showRecoveryCodes(codes)
          },
        })
      }
      title="Make new recovery codes?"
      target="All of your recovery codes"
      effect="The ones that you have stop working now. The new ones are shown once."
      action="Make new codes"
      busy={renew.isPending}
      error={sentenceOf(renew.error)}
    />
  )
}

const personalText = 'A personal workspace asks for no second factor. Have people sign in first.'

/** What one proves oneself with besides the provider. */
export function FactorsSection({ me }: { readonly me: Me }) {
  const query = useQuery(factorsQuery)
  const [open, setOpen] = useState<FactorStep>(null)
  const close = () => setOpen(null)
  const forbidden = me.id?.startsWith('os:') === true ? personalText : undefined
  return (
    <Section title="Second factors">
      <QueryView
        query={query}
        failure="Your second factors could not be read."
        skeletonRows={3}
        ready={(factors) => <FactorLines factors={factors} forbidden={forbidden} open={setOpen} />}
      />
      <Dialog open={open === 'totp'} onClose={close} size="small" title="Set up an authenticator app">
        <EnrolTotp onEnrolled={close} />
      </Dialog>
      <Dialog open={open === 'passkey'} onClose={close} size="small" title="Add a passkey or a security key">
        <EnrolPasskey onEnrolled={close} />
      </Dialog>
      <AskRemoval open={open} onClose={close} />
      <AskNewCodes open={open} onClose={close} />
    </Section>
  )
}
