import { CircleCheck, OctagonAlert } from 'lucide-react'
import type { GatewayFile } from '#preload/integration/gateway.ts'

/** Whether a file is in force, by shape, word and colour. */
export function FileMark({ file: { refusal } }: { readonly file: GatewayFile }) {
  const served = refusal === null
  const Icon = served ? CircleCheck : OctagonAlert
  return (
    <span
      title={refusal ?? undefined}
      className={`inline-flex items-center gap-1 ${served ? 'text-ok' : 'text-critical'}`}
    >
      <Icon aria-hidden size={13} />
      {served ? 'In force' : 'Not in force'}
    </span>
  )
}
