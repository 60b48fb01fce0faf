import type { Path } from 'react-hook-form'
import { z } from 'zod'
import {
  type Environment,
  type EnvironmentInput,
  environmentInput,
  longestCalendar,
} from '#preload/deployment/environments.ts'
import { type EnvironmentTarget, usualFolder, usualPorts } from '#preload/deployment/target.ts'
import { instantOf, localTimeOf } from './local-time.ts'
import { emptyEnvironment } from './usual.ts'

export const approvalCounts = ['0', '1', '2', '3'] as const

const { name, description, region, freezeCalendar } = environmentInput.shape

const hostFields = z.object({ address: z.string(), port: z.string(), user: z.string(), hostKey: z.string() })

/** The form's fields: every control one text. */
const fields = z.object({
  name,
  description,
  region,
  owners: z.string(),
  runsOn: z.enum(['machine', 'ssh']),
  hosts: z.array(hostFields),
  folder: z.string(),
  portFrom: z.string(),
  portTo: z.string(),
  requiredApprovals: z.enum(approvalCounts),
  freezeCalendar,
  expiresAt: z.string(),
})
export type Draft = z.input<typeof fields>
export type DraftField = Path<Draft>

export const newHost: Draft['hosts'][number] = { address: '', port: '22', user: '', hostKey: '' }
export const mostHosts = 20

/** Why a calendar of that many characters was not taken from the clipboard. */
export const calendarTooLong = (length: number): string =>
  `This was not pasted: it has ${length.toLocaleString('en')} characters, and a freeze calendar ${longestCalendar.toLocaleString('en')} at most. Paste only the events that freeze.`

/** The field an error of the application is about; null when it is about the whole. */
export const fieldAt = (at: string | undefined): DraftField | null => {
  const [top, ...rest] = at?.split('.') ?? []
  if (top === 'target') return targetFieldAt(rest)
  return Object.keys(fields.shape).find((field): field is keyof Draft => field === top) ?? null
}

function targetFieldAt([part, index, name]: readonly string[]): DraftField {
  if (part === 'folder') return 'folder'
  if (part === 'ports') return index === 'to' ? 'portTo' : 'portFrom'
  if (part !== 'hosts') return 'runsOn'
  const field = hostFields.keyof().options.find((each) => each === name)
  return field === undefined ? 'hosts' : `hosts.${Number(index)}.${field}`
}

export const draftOf = (environment: Environment | null): Draft => ({
  name: environment?.name ?? '',
  description: environment?.description ?? '',
  region: environment?.region ?? '',
  owners: environment?.owners.join(', ') ?? '',
  ...targetDraftOf(environment?.target ?? { kind: 'machine' }),
  requiredApprovals: approvalCounts[environment?.requiredApprovals ?? 0] ?? '0',
  freezeCalendar: environment?.freezeCalendar ?? '',
  expiresAt: localTimeOf(environment?.expiresAt ?? null),
})

function targetDraftOf(target: EnvironmentTarget): Pick<Draft, 'runsOn' | 'hosts' | 'folder' | 'portFrom' | 'portTo'> {
  const ssh = target.kind === 'ssh' ? target : { hosts: [], folder: usualFolder, ports: usualPorts }
  const hosts = ssh.hosts.map((host) => ({ ...host, port: String(host.port) }))
  return {
    runsOn: target.kind,
    hosts: hosts.length > 0 ? hosts : [newHost],
    folder: ssh.folder,
    portFrom: String(ssh.ports.from),
    portTo: String(ssh.ports.to),
  }
}

function targetOf({ runsOn, hosts, folder, portFrom, portTo }: Draft): EnvironmentTarget {
  if (runsOn === 'machine') return { kind: 'machine' }
  return {
    kind: 'ssh',
    hosts: hosts.map((host) => ({ ...host, port: portOf(host.port) })),
    folder,
    ports: { from: portOf(portFrom), to: portOf(portTo) },
  }
}

/** What is no number is none to the contract either, which says so. */
export const portOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

/** What the form says, and of `base` what it does not show. A time that was not touched keeps its milliseconds. */
export function inputOf(draft: Draft, base: Environment | null): EnvironmentInput {
  const kept = base ?? emptyEnvironment(draft.name)
  const untouched = draft.expiresAt === localTimeOf(kept.expiresAt)
  return {
    name: draft.name,
    description: draft.description,
    region: draft.region,
    owners: draft.owners.split(',').flatMap((owner) => (owner.trim() === '' ? [] : [owner.trim()])),
    target: targetOf(draft),
    layers: kept.layers,
    requiredApprovals: Number(draft.requiredApprovals),
    freezeCalendar: draft.freezeCalendar,
    expiresAt: untouched ? kept.expiresAt : instantOf(draft.expiresAt),
  }
}

/** From the form's fields to the contract's input, with the contract's own rules. */
export const draftSchema = (base: Environment | null) =>
  fields
    .superRefine((draft, context) => {
      for (const issue of environmentInput.safeParse(inputOf(draft, base)).error?.issues ?? []) {
        const field = fieldAt(issue.path.join('.'))
        const isJoined = issue.path[0] === 'owners' || issue.path[0] === 'target'
        if (isJoined && field !== null)
          context.addIssue({ code: 'custom', message: issue.message, path: field.split('.') })
      }
    })
    .transform((draft) => inputOf(draft, base))

/** The settings of an environment as the update command takes them. */
export const settingsOf = (environment: Environment): EnvironmentInput & { readonly revision: number } => ({
  name: environment.name,
  description: environment.description,
  region: environment.region,
  owners: environment.owners,
  target: environment.target,
  layers: environment.layers,
  requiredApprovals: environment.requiredApprovals,
  freezeCalendar: environment.freezeCalendar,
  expiresAt: environment.expiresAt,
  revision: environment.revision,
})
