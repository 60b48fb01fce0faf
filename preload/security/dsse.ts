/** The type of the statement that an approver signs. */
export const approvalPayloadType = 'application/vnd.framework0.approval+json'

/**
 * What is signed in a DSSE envelope (Dead Simple Signing Envelope 1.0, "PAE"): the type and the payload, each with its
 * length, so that neither can be taken for the other.
 *
 * @param payload the raw bytes, not their base64.
 */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const type = encoder.encode(payloadType)
  const head = encoder.encode(`DSSEv1 ${type.byteLength} ${payloadType} ${payload.byteLength} `)
  const whole = new Uint8Array(head.byteLength + payload.byteLength)
  whole.set(head)
  whole.set(payload, head.byteLength)
  return whole
}
