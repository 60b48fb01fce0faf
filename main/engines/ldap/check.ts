import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { certificateDetail } from '#main/engines/http/certificate-detail.ts'
import { type Deadline, deadline } from '#main/engines/http/deadline.ts'
import { asAppError } from '#preload/contract/error.ts'
import { bindAccount } from './account.ts'
import { openSocket, secureSocket } from './connect.ts'
import { type Directory, directoryOn } from './directory.ts'
import { textOf, textsOf } from './entry.ts'
import { directoryName, shownName } from './failure.ts'
import { fillFilter } from './filter.ts'
import { defaultUserFilter, type LdapAddress, type LdapSettings } from './settings.ts'

const stepNames = ['connect', 'tls', 'bind', 'search'] as const

/** How far a connection test has come. `ms` is how long the step took; `detail` and `hint` are sentences. */
export type LdapStep = {
  readonly step: (typeof stepNames)[number]
  readonly status: 'running' | 'ok' | 'failed' | 'skipped'
  readonly ms?: number
  readonly detail?: string
  readonly hint?: string
}

type Outcome = Pick<LdapStep, 'detail' | 'hint'> & { readonly skipped?: true }

/** The connection test of `Ldap.check`. After a failed step the rest are `skipped`. */
export async function* walkDirectory(
  address: LdapAddress,
  settings: LdapSettings,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LdapStep, void, undefined> {
  using limit = deadline(directoryName, timeoutMs, signal)
  const walkers = createWalkers(address, settings, limit)
  let failed = false
  try {
    for (const step of stepNames) {
      if (failed) {
        yield { step, status: 'skipped' }
        continue
      }
      yield { step, status: 'running' }
      const outcome = await perform(step, walkers[step], limit)
      failed = outcome.status === 'failed'
      yield outcome
    }
  } finally {
    walkers.close()
  }
}

async function perform(step: LdapStep['step'], walker: () => Promise<Outcome>, limit: Deadline): Promise<LdapStep> {
  const started = performance.now()
  const passed = () => Math.round((performance.now() - started) * 10) / 10
  try {
    const { skipped, ...outcome } = await walker()
    return skipped ? { step, status: 'skipped', ...outcome } : { step, status: 'ok', ms: passed(), ...outcome }
  } catch (thrown) {
    const failure = limit.failure() ?? asAppError(thrown)
    const hint = failure.hint === undefined ? {} : { hint: failure.hint }
    return { step, status: 'failed', ms: passed(), detail: failure.message, ...hint }
  }
}

type Walkers = Readonly<Record<LdapStep['step'], () => Promise<Outcome>>> & { close(): void }

function createWalkers(address: LdapAddress, settings: LdapSettings, limit: Deadline): Walkers {
  let socket: Socket | null = null
  let directory: Directory | null = null
  const opened = async () => {
    socket ??= await openSocket(address, limit)
    return socket
  }
  const bound = async () => {
    directory ??= directoryOn(await opened(), address, limit)
    return directory
  }
  return {
    connect: async () => {
      const { remoteAddress, remotePort } = await opened()
      return { detail: `Connected to ${remoteAddress}, port ${remotePort}.` }
    },
    tls: async () => {
      if (address.security === 'none') return { skipped: true, detail: 'Plain LDAP, on this machine only.' }
      socket = await secureSocket(await opened(), address, settings, limit)
      return socket instanceof TLSSocket
        ? certificateDetail(socket.getPeerCertificate(), socket.getProtocol(), Date.now())
        : {}
    },
    bind: async () => {
      if ((settings.bindDn ?? '') === '') return { skipped: true, detail: 'People are looked up anonymously.' }
      await bindAccount(await bound(), address, settings)
      return { detail: `Bound as ${shownName(settings.bindDn ?? '')}.` }
    },
    search: async () => ({ detail: await describeDirectory(await bound(), settings) }),
    close: () => {
      directory?.close()
      socket?.destroy()
    },
  }
}

/** Reads the base and asks for nobody, to see that both filter and rights are good. */
async function describeDirectory(directory: Directory, settings: LdapSettings): Promise<string> {
  const [root] = await directory.search('', {
    scope: 'base',
    attributes: ['vendorName', 'namingContexts', 'objectClass'],
  })
  const product =
    root === undefined ? 'The directory' : (textOf(root, 'vendorName') ?? productOf(textsOf(root, 'objectClass')))
  const attributes = [settings.nameAttribute]
  await directory.search(settings.baseDn, { scope: 'base', attributes })
  const filter = fillFilter(settings.userFilter ?? defaultUserFilter, { login: 'nobody-by-this-name' })
  await directory.search(settings.baseDn, { scope: 'sub', filter, attributes, sizeLimit: 1 })
  return `${shownName(product)} answers below ${shownName(settings.baseDn)}.`
}

const productOf = (classes: readonly string[]): string =>
  classes.includes('OpenLDAProotDSE') ? 'OpenLDAP' : 'The directory'
