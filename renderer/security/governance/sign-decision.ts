import { AppError } from '#preload/contract/error.ts'
import type { Approval } from '#preload/security/approvals.ts'
import { approvalPayloadType, preAuthenticationEncoding } from '#preload/security/dsse.ts'
import { api } from '#renderer/rpc/client.ts'
import type { DeviceSigner } from './signer-port.ts'
import { refuseOtherStatement } from './statement.ts'

export type Decision = {
  readonly approval: Approval
  readonly decision: 'approve' | 'reject'
  readonly comment: string
  readonly onBehalfOf: string | undefined
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))

/** Signs a decision with the key of this device and hands it in. */
export async function signDecision(signer: DeviceSigner, given: Decision): Promise<Approval> {
  const device = await signer.device()
  if (device === null)
    throw new AppError('forbidden', 'This device has no key that could sign for you.', {
      hint: 'Enrol it under your account, then decide again.',
    })
  const { approval, decision, comment, onBehalfOf } = given
  const { payload } = await api.governance.approvalStatement({ id: approval.id, decision, device, comment, onBehalfOf })
  const bytes = fromBase64(payload)
  refuseOtherStatement(bytes, given)
  const sig = await signer.sign(preAuthenticationEncoding(approvalPayloadType, bytes))
  return api.governance.decide({
    id: approval.id,
    envelope: { payloadType: approvalPayloadType, payload, signatures: [{ keyid: device, sig }] },
  })
}
