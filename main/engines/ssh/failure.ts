import { AppError } from '#preload/contract/error.ts'

type Place = { readonly address: string; readonly port: number; readonly user?: string }

type Reason = readonly [code: 'unreachable' | 'timeout' | 'unauthenticated' | 'refused', says: string, hint: string]

const reasons: Readonly<Record<string, Reason>> = {
  ENOTFOUND: ['unreachable', 'cannot be found: its name has no address', 'Check the spelling, and the VPN.'],
  EAI_AGAIN: ['unreachable', 'cannot be found: the name server did not answer', 'Check the network and the VPN.'],
  ECONNREFUSED: ['unreachable', 'accepts no connection', 'Check that sshd runs there, and its port.'],
  EHOSTUNREACH: ['unreachable', 'cannot be reached: there is no route to it', 'Check the network and the VPN.'],
  ENETUNREACH: ['unreachable', 'cannot be reached: there is no route to it', 'Check the network and the VPN.'],
  ECONNRESET: ['unreachable', 'closed the connection', 'Try again; if it stays so, look at the log of sshd.'],
  ETIMEDOUT: ['timeout', 'did not answer in time', 'Check the VPN, and whether a firewall drops packets to this port.'],
}

/** Why a connection over SSH did not come about or ended, as a sentence. Text of the other side is left out. */
export function connectionError(thrown: unknown, { address, port, user }: Place): AppError {
  if (thrown instanceof AppError) return thrown
  const { level, code, message } = thrown as { level?: string; code?: string; message?: string }
  const [kind, says, hint] = reasonOf(level, code, message ?? '', user)
  return new AppError(kind, `${address}:${port} ${says}.`, { hint, cause: thrown })
}

function reasonOf(level: string | undefined, code: string | undefined, message: string, user?: string): Reason {
  const known = code === undefined ? undefined : reasons[code]
  if (known) return known
  if (level === 'client-authentication')
    return [
      'unauthenticated',
      `does not accept the private key for ${user ?? 'this user'}`,
      'Put the public key that belongs to it into ~/.ssh/authorized_keys of that user.',
    ]
  if (level === 'client-timeout' || message.includes('Timed out')) return reasons.ETIMEDOUT as Reason
  if (level === 'handshake' || level === 'protocol')
    return [
      'refused',
      'does not speak SSH as this application does',
      'Check the port, and that OpenSSH is not too old.',
    ]
  return ['unreachable', 'cannot be reached over SSH', 'Check that sshd runs there, and its port.']
}

/** The host is another one than it was, or something is between. */
export const otherHostKey = ({ address, port }: Place, expected: string, found: string): AppError =>
  new AppError(
    'refused',
    `${address}:${port} shows another key than the one that was confirmed. Expected ${expected}, found ${found}.`,
    {
      hint: 'Somebody may be in between. Only if the host was set up anew: compare the key on the host itself, then confirm it.',
      retryable: false,
    },
  )

/** What a failed command means, by what it wrote. The words are those of the C library, in English (LC_ALL=C). */
export function commandError(address: string, doing: string, errors: string, code: number | null): AppError {
  const last = errors.trimEnd().split('\n').at(-1)?.slice(0, 300) ?? ''
  const failed = `${address} could not ${doing}`
  if (/No space left on device|Disk quota exceeded/.test(errors))
    return new AppError('storage', `${failed}: its disk is full.`, { hint: 'Make room on the host.' })
  if (/Permission denied|Read-only file system|Operation not permitted/.test(errors))
    return new AppError('forbidden', `${failed}: this user may not write there.`, { hint: last })
  return new AppError('refused', `${failed}${last ? `: ${last}` : `; it ended with code ${code ?? 'none'}`}`, {
    hint: 'Look at the host.',
  })
}
