import { CircleCheck, CircleDashed, OctagonAlert } from 'lucide-react'
import type { GatewayFile } from '#preload/integration/gateway.ts'

/** Whether a file is in force, by shape, word and colour. */
export function FileMark({ file: { refusal, listeners } }: { readonly file: GatewayFile }) {
  const { icon: Icon, color, word } = refusal !== null ? refused : listeners === 0 ? idle : served
  return (
    <span title={refusal ?? undefined} className={`inline-flex items-center gap-1 ${color}`}>
      <Icon aria-hidden size={13} />
      {word}
    </span>
  )
}

const served = { icon: CircleCheck, color: 'text-ok', word: 'In force' }
const refused = { icon: OctagonAlert, color: 'text-critical', word: 'Not in force' }
const idle = { icon: CircleDashed, color: 'text-muted', word: 'It serves nothing' }
