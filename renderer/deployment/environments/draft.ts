import { z } from 'zod'
import { type Environment, type EnvironmentInput, environmentInput } from '#preload/deployment/environments.ts'
import { instantOf, localTimeOf } from './local-time.ts'
import { emptyEnvironment } from './usual.ts'

export const approvalCounts = ['0', '1', '2', '3'] as const

const { name, description, region, freezeCalendar } = environmentInput.shape

/** The form's fields: every control one text. */
const fields = z.object({
  name,
  description,
  region,
  owners: z.string(),
  requiredApprovals: z.enum(approvalCounts),
  freezeCalendar,
  expiresAt: z.string(),
})
export type Draft = z.input<typeof fields>
export type DraftField = keyof Draft

/** The field an error of the application is about; null when it is about the whole. */
export const fieldAt = (at: string | undefined): DraftField | null => {
  const top = at?.split('.')[0]
  return Object.keys(fields.shape).find((field): field is DraftField => field === top) ?? null
}

export const draftOf = (environment: Environment | null): Draft => ({
  name: environment?.name ?? '',
  description: environment?.description ?? '',
  region: environment?.region ?? '',
  owners: environment?.owners.join(', ') ?? '',
  requiredApprovals: approvalCounts[environment?.requiredApprovals ?? 0] ?? '0',
  freezeCalendar: environment?.freezeCalendar ?? '',
  expiresAt: localTimeOf(environment?.expiresAt ?? null),
})

/** What the form says, and of `base` what it does not show. A time that was not touched keeps its milliseconds. */
export function inputOf(draft: Draft, base: Environment | null): EnvironmentInput {
  const kept = base ?? emptyEnvironment(draft.name)
  const untouched = draft.expiresAt === localTimeOf(kept.expiresAt)
  return {
    name: draft.name,
    description: draft.description,
    region: draft.region,
    owners: draft.owners.split(',').flatMap((owner) => (owner.trim() === '' ? [] : [owner.trim()])),
    target: kept.target,
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
        if (field === 'owners') context.addIssue({ code: 'custom', message: issue.message, path: [field] })
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
