import { EnrolPasskey } from './EnrolPasskey.tsx'
import { EnrolTotp } from './EnrolTotp.tsx'

/** Either kind of second factor, for somebody who has none. */
export function EnrolFactor() {
  return (
    <div className="flex flex-col gap-4">
      <EnrolTotp />
      <div className="flex flex-col gap-2 border-t border-line pt-3">
        <p className="text-secondary text-muted">Or use a passkey or a security key</p>
        <EnrolPasskey />
      </div>
    </div>
  )
}
