import { AppError } from '#preload/contract/error.ts'
import type { Approval } from '#preload/security/approvals.ts'

type Shown = { readonly approval: Approval; readonly decision: 'approve' | 'reject' }

/** A person signs what they see: a statement about anything else is refused before the key is used. */
export function refuseOtherStatement(payload: Uint8Array, { approval, decision }: Shown) {
  const statement = JSON.parse(new TextDecoder().decode(payload)) as Readonly<Record<string, unknown>>
  const same =
    statement.approval === approval.id &&
    statement.operation === approval.operation &&
    statement.inputHash === approval.inputHash &&
    statement.decision === decision
  if (!same)
    throw new AppError('conflict', 'What should be signed is not what this screen shows, so nothing was signed.', {
      hint: 'Open the request again. If it happens again, tell whoever runs this workspace.',
    })
}
