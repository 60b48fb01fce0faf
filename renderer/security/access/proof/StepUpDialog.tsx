import { contracts } from '#preload/app/contracts.ts'
import type { Operations } from '#preload/contract/define.ts'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { useMe } from '../queries.ts'
import { ProofForm } from './ProofForm.tsx'
import { settleProof, useStepUp } from './step-up.ts'

const operationsOf: Readonly<Record<string, { readonly operations: Operations } | undefined>> = contracts

/** What an operation does, in the first sentence of its contract, without how it answers. */
function summaryOf(operation: string): string {
  const [capability = '', name = ''] = operation.split('.')
  const summary = operationsOf[capability]?.operations[name]?.summary ?? operation
  const [act = summary] = summary.split(/(?:: |\.(?: |$))/)
  return `${act}.`
}

/** Asks for a proof before a dangerous act. Mounted once; `askForProof` opens it. */
export function StepUpDialog() {
  const asked = useStepUp((store) => store.asked)
  const me = useMe()
  return (
    <Dialog
      open={asked !== null && me !== undefined}
      onClose={() => settleProof(false)}
      size="small"
      title="Prove that it is you"
      description="This act asks for a fresh proof. It goes on by itself afterwards; closing this cancels it."
    >
      {asked === null || me === undefined ? null : (
        <div className="flex flex-col gap-3">
          <div className="rounded border border-line bg-surface-1 px-3 py-2">
            <p className="font-medium">{summaryOf(asked.operation)}</p>
            <p className="font-mono text-code text-muted">{asked.operation}</p>
          </div>
          <SafeText text={asked.error.message} className="text-secondary text-muted" />
          <ProofForm proofs={me.proofs} action="Prove" onProven={() => settleProof(true)} />
        </div>
      )}
    </Dialog>
  )
}
