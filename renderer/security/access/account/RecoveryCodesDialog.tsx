import { Download } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { Checkbox } from '#renderer/ui/Checkbox.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { saveText } from '#renderer/ui/export.ts'
import { forgetCodes, useFreshCodes } from './fresh-codes.ts'

const fileOf = (codes: readonly string[]): string =>
  `Recovery codes of Framework0. Each works once in place of a second factor.\n\n${codes.join('\n')}\n`

type CodesProps = { readonly codes: readonly string[]; readonly urged: boolean }

function Codes({ codes, urged }: CodesProps) {
  const [saved, setSaved] = useState(false)
  return (
    <div className="flex flex-col gap-3">
      <p>
        Each works once when your authenticator or key is lost. They are shown only now; the ones you had before no
        longer work.
      </p>
      <ol
        aria-label="Recovery codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded border border-line bg-surface-1 p-3 font-mono text-code select-text"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="flex gap-2">
        <CopyButton wide size={28} label="Copy all" text={codes.join('\n')} />
        <Button icon={Download} onClick={() => saveText('framework0-recovery-codes.txt', fileOf(codes), 'text/plain')}>
          Save as a file
        </Button>
      </div>
      <Checkbox label="I saved them where only I can get at them" checked={saved} onChange={setSaved} />
      <div className="flex items-center justify-end gap-3">
        {urged && !saved ? (
          <p role="alert" className="text-secondary text-warning">
            Say first that you saved them.
          </p>
        ) : null}
        <Button kind="primary" disabled={!saved} onClick={forgetCodes}>
          Done
        </Button>
      </div>
    </div>
  )
}

/** The one look at new recovery codes. It closes only once somebody says that they are saved. */
export function RecoveryCodesDialog() {
  const codes = useFreshCodes((store) => store.codes)
  const [urged, setUrged] = useState(false)
  return (
    <Dialog open={codes.length > 0} onClose={() => setUrged(true)} size="small" title="Save your recovery codes">
      <Codes key={codes[0]} codes={codes} urged={urged} />
    </Dialog>
  )
}
