import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import type { Caller } from '#main/kernel/access/caller.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { inEnvironment, type Service, serve } from '#main/kernel/service.ts'
import { openWorkspace } from '#main/kernel/store/workspace.ts'
import { type Keychain, openVault } from '#main/kernel/vault/vault.ts'
import type { GovernanceChange } from '#main/security/governance/handlers.ts'
import type { DeviceProof, Directory, KnownDevice, KnownIdentity } from '#main/security/governance/ports.ts'
import { createClient } from '#preload/contract/caller.ts'
import { type Client, command, defineContract, nothing, query, secret } from '#preload/contract/define.ts'
import { AppError } from '#preload/contract/error.ts'
import { approvalPayloadType } from '#preload/security/dsse.ts'
import { governance } from '#preload/security/governance.ts'
import type { Role } from '#preload/security/roles.ts'
import { openGovernance } from './governance.ts'
import { migrations } from './migrations.ts'
import { createRouter, type Router } from './router.ts'

/** Something to approve: a rollout that may hold a secret. */
export const launches = defineContract({
  area: 'deployment',
  capability: 'launches',
  summary: 'Operations of this test.',
  operations: {
    start: command({
      summary: 'Roll out a version.',
      input: z.object({ environment: z.string(), version: z.string(), token: secret().optional() }),
      output: z.string(),
    }),
    list: query({ summary: 'Lists.', input: nothing, output: z.array(z.string()) }),
  },
})

/** A passphrase would take half a second of scrypt in every test. */
const keychain: Keychain = {
  unavailable: async () => null,
  protect: async (text) => text,
  reveal: async (text) => text,
}

type Key = { readonly device: KnownDevice; readonly privateKey: KeyObject }

/** The governance of a team with everything real but the people: store, vault, policies, the one door, Ed25519 keys. */
export async function startGovernance(more: readonly Service[] = []) {
  const clock = manualClock(Date.UTC(2026, 0, 2, 12))
  const { workspace, close } = await openWorkspace(':memory:', migrations)
  const vault = await openVault(workspace, keychain)
  const people = new Map<string, KnownIdentity>()
  const devices = new Map<string, KnownDevice>()
  const unproven = new Map<string, DeviceProof>()
  const changes: GovernanceChange[] = []
  /** Approvals that the audit log says were carried out. */
  const logged = new Set<string>()
  const started: { readonly input: unknown; readonly by: string; readonly approvers: readonly string[] }[] = []
  const fate = { fail: null as AppError | Error | null, hang: false, elsewhere: null as string | null }

  const directory: Directory = {
    identity: async (id) => people.get(id) ?? null,
    device: async (id) => devices.get(id) ?? null,
    deviceProof: async ({ id }) => unproven.get(id) ?? { ok: true },
    administrators: async () =>
      [...people.values()]
        .filter(({ roles, disabled }) => roles.includes('admin') && !disabled)
        .map((person) => ({ ...person, personal: false })),
  }
  /** As another process with the same database does, or this one after a restart. */
  const open = () =>
    openGovernance({
      workspace,
      vault,
      clock,
      log: silentLog,
      resources: join(import.meta.dirname, '../../resources'),
      directory,
      environments: async () => ['production', 'staging'],
      router: () => router,
      carriedOut: async (approval) => logged.has(approval),
      onChange: (change) => changes.push(change),
      changes: async function* () {},
      more: [launches],
    })
  const opened = await open()
  await opened.load()
  const router: Router = createRouter({
    policy: opened.doorPolicy,
    clock,
    log: silentLog,
    checkOutputs: true,
    audit: {
      begin: async (attempt) => ({ ...attempt, at: '' }),
      finish: async ({ approval }, { outcome }) => {
        if (approval && outcome === 'succeeded') logged.add(approval)
        return {} as never
      },
      refuse: async () => ({}) as never,
      recover: async () => 0,
      onAppend: () => () => {},
    },
    services: [
      opened.service,
      ...more,
      serve(
        launches,
        {
          async start(input, { caller, grant }) {
            if (fate.hang) await new Promise(() => {})
            if (fate.fail) throw fate.fail
            started.push({ input, by: caller.id, approvers: grant?.approvers ?? [] })
            return 'started'
          },
          list: () => [],
        },
        { start: ({ environment }) => [inEnvironment(fate.elsewhere ?? environment)] },
      ),
    ],
  })

  const person = (id: string, ...roles: Role[]): KnownIdentity => {
    const known = { id, name: id.charAt(0).toUpperCase() + id.slice(1), roles, groups: [], disabled: false }
    people.set(id, known)
    return known
  }
  const callerOf = (id: string): Caller => ({
    id,
    name: id,
    roles: people.get(id)?.roles ?? [],
    groups: people.get(id)?.groups ?? [],
    via: 'browser',
    session: id,
    source: null,
    state: 'signed-in',
    personal: false,
    provenAt: clock.now(),
  })
  const call = async (id: string, op: string, input: unknown): Promise<unknown> => {
    const answer = await router.call(callerOf(id), op, input, new AbortController().signal)
    if (answer.ok) return answer.value
    throw AppError.fromShape(answer.error)
  }
  const as = (id: string): Client<typeof governance> =>
    createClient(governance, {
      call: (op, input) => call(id, op, input),
      open: (op, input) => router.open(callerOf(id), op, input, new AbortController().signal),
    })
  const enrol = (identity: string, at = clock.now()): Key => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64')
    const device: KnownDevice = {
      id: uuid(),
      identity,
      publicKey: raw,
      name: `${identity}'s laptop`,
      enrolledAt: new Date(at).toISOString(),
      revokedAt: null,
    }
    devices.set(device.id, device)
    return { device, privateKey }
  }
  /** Decides as the product does: fetches the statement, signs its bytes, hands them in. */
  const decide = async (
    id: string,
    key: Key,
    approval: string,
    decision: 'approve' | 'reject' = 'approve',
    onBehalfOf?: string,
  ) => {
    const choice = { id: approval, decision, device: key.device.id, ...(onBehalfOf ? { onBehalfOf } : {}) }
    const { payload, preAuthenticationEncoding } = await as(id).approvalStatement(choice)
    return as(id).decide({
      id: approval,
      envelope: seal(key, payload, Buffer.from(preAuthenticationEncoding, 'base64')),
    })
  }
  return {
    clock,
    workspace,
    vault,
    people,
    devices,
    unproven,
    changes,
    started,
    fate,
    router,
    governance: opened,
    open,
    person,
    callerOf,
    call,
    as,
    enrol,
    decide,
    async close() {
      await opened.close()
      await close()
    },
  }
}

export const seal = (key: Key, payload: string, signed: Uint8Array) => ({
  payloadType: approvalPayloadType,
  payload,
  signatures: [{ keyid: key.device.id, sig: sign(null, signed, key.privateKey).toString('base64') }],
})

export type GovernanceTrial = Awaited<ReturnType<typeof startGovernance>>
