import { z } from 'zod'
import { type AnchorInput, anchorInput, type ForwarderInput, forwarderInput } from '#preload/security/audit-delivery.ts'
import { kindWords, type Place, type PlaceKind, placeKinds } from './place.ts'

/** The form's fields: flat, every control one text. Empty means not given. */
const fields = z.object({
  kind: z.enum(placeKinds),
  name: z.string(),
  enabled: z.boolean(),
  url: z.string(),
  host: z.string(),
  port: z.string(),
  ca: z.string(),
  certificate: z.string(),
  key: z.string(),
  headerName: z.string(),
  headerValue: z.string(),
  signingSecret: z.string(),
  repository: z.string(),
  branch: z.string(),
  path: z.string(),
})
export type PlaceDraft = z.input<typeof fields>
export type PlaceField = keyof PlaceDraft

/** What the application is asked to keep. */
export type PlaceInput =
  | { readonly role: 'forwarder'; readonly forwarder: ForwarderInput }
  | { readonly role: 'anchor'; readonly anchor: AnchorInput }

/** Secrets that are stored and stay when their field is left empty. */
export type Kept = { readonly headerName: string | null; readonly key: boolean; readonly signingSecret: boolean }

export function keptOf(place: Place | null): Kept {
  const settings = place?.item.settings
  return {
    headerName: settings?.kind === 'otlp' ? settings.headerName : null,
    key: settings?.kind === 'syslog' && settings.hasKey,
    signingSecret: settings?.kind === 'webhook' && settings.hasSigningSecret,
  }
}

const blank: PlaceDraft = {
  kind: 'otlp',
  name: '',
  enabled: true,
  url: '',
  host: '',
  port: '6514',
  ca: '',
  certificate: '',
  key: '',
  headerName: '',
  headerValue: '',
  signingSecret: '',
  repository: '',
  branch: 'main',
  path: '',
}

/** What the form starts with; secrets are never shown again, so their fields are empty. */
export function draftOf(place: Place | null, kind: PlaceKind = 'otlp'): PlaceDraft {
  if (place === null) return { ...blank, kind }
  const { settings } = place.item
  const draft = { ...blank, kind: settings.kind, name: settings.name, enabled: settings.enabled }
  switch (settings.kind) {
    case 'otlp':
      return { ...draft, url: settings.url, ca: settings.ca ?? '', headerName: settings.headerName ?? '' }
    case 'syslog': {
      const { host, port, ca = '', certificate = '' } = settings
      return { ...draft, host, port: String(port), ca, certificate }
    }
    case 'webhook':
      return { ...draft, url: settings.url, ca: settings.ca ?? '' }
    case 'tsa':
      return { ...draft, url: settings.url, ca: settings.ca }
    case 'git':
      return { ...draft, repository: settings.repository, branch: settings.branch }
    case 'folder':
      return { ...draft, path: settings.path }
  }
}

const given = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())
const secretOf = (text: string): string | undefined => (text === '' ? undefined : text)

function forwarderOf(draft: PlaceDraft): unknown {
  const { kind, name, enabled, headerName, headerValue } = draft
  const common = { kind, name, enabled, ca: given(draft.ca) }
  if (kind === 'syslog')
    return {
      ...common,
      host: draft.host.trim(),
      port: Number(draft.port),
      certificate: given(draft.certificate),
      key: given(draft.key),
    }
  const url = draft.url.trim()
  if (kind === 'webhook') return { ...common, url, signingSecret: secretOf(draft.signingSecret) }
  const header = headerValue === '' ? undefined : { name: headerName.trim(), value: headerValue }
  return { ...common, url, header }
}

function anchorOf({ kind, name, enabled, url, ca, repository, branch, path }: PlaceDraft): unknown {
  if (kind === 'tsa') return { kind, name, enabled, url: url.trim(), ca: ca.trim() }
  if (kind === 'git') return { kind, name, enabled, repository: repository.trim(), branch: given(branch) }
  return { kind, name, enabled, path: path.trim() }
}

const schemaOf = (draft: PlaceDraft) =>
  kindWords[draft.kind].role === 'forwarder'
    ? forwarderInput.safeParse(forwarderOf(draft))
    : anchorInput.safeParse(anchorOf(draft))

const places: Readonly<Record<string, PlaceField>> = {
  name: 'name',
  url: 'url',
  host: 'host',
  port: 'port',
  ca: 'ca',
  certificate: 'certificate',
  key: 'key',
  header: 'headerValue',
  'header.name': 'headerName',
  'header.value': 'headerValue',
  signingSecret: 'signingSecret',
  repository: 'repository',
  branch: 'branch',
  path: 'path',
}

/** The field an error of the application is about; null when it is about the whole. */
export const fieldAt = (at: string | undefined): PlaceField | null =>
  places[(at ?? '').replace(/^(forwarder|anchor)\./, '')] ?? null

const pem = /-----BEGIN [A-Z0-9 ]+-----[\s\S]+-----END [A-Z0-9 ]+-----/

type Problem = readonly [PlaceField, string]

/** What has a CA, a certificate or a key in the form, so that a text left over from another kind is not looked at. */
const pemFields: Readonly<Record<PlaceKind, readonly ('ca' | 'certificate' | 'key')[]>> = {
  otlp: ['ca'],
  syslog: ['ca', 'certificate', 'key'],
  webhook: ['ca'],
  tsa: ['ca'],
  git: [],
  folder: [],
}

const pemProblems = (draft: PlaceDraft): readonly Problem[] =>
  pemFields[draft.kind]
    .filter((field) => draft[field].trim() !== '' && !pem.test(draft[field]))
    .map((field) => [field, 'This is not PEM text: it begins with “-----BEGIN”.'])

function syslogProblems({ certificate, key }: PlaceDraft, kept: Kept): readonly Problem[] {
  const has = [certificate.trim() !== '', key.trim() !== '' || kept.key]
  if (has[0] && !has[1]) return [['key', 'A client certificate needs its key.']]
  return !has[0] && key.trim() !== '' ? [['certificate', 'A client key needs its certificate.']] : []
}

function headerProblems({ headerName, headerValue }: PlaceDraft, kept: Kept): readonly Problem[] {
  const name = headerName.trim()
  if (name === '' && headerValue !== '') return [['headerName', 'Name the header.']]
  if (name === '' || headerValue !== '' || name === kept.headerName) return []
  return [['headerValue', 'Enter the value that this header has.']]
}

const isUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text.trim())?.protocol ?? '')

/** What the contract cannot know: what belongs together, and what is kept. */
function ownProblems(draft: PlaceDraft, kept: Kept): readonly Problem[] {
  const { kind } = draft
  const problems: Problem[] = [...pemProblems(draft)]
  if ((kind === 'otlp' || kind === 'webhook' || kind === 'tsa') && !isUrl(draft.url))
    problems.push(['url', 'Write the whole address: https://logs.example/path'])
  if (kind === 'syslog' && draft.host.trim() === '') problems.push(['host', 'Name the host.'])
  if (kind === 'syslog') problems.push(...syslogProblems(draft, kept))
  if (kind === 'otlp') problems.push(...headerProblems(draft, kept))
  if (kind === 'tsa' && draft.ca.trim() === '')
    problems.push(['ca', 'Timestamps are worth something only when checked: paste the CA of the authority.'])
  if (kind === 'git' && draft.repository.trim() === '') problems.push(['repository', 'Name the repository.'])
  if (kind === 'folder' && draft.path.trim() === '') problems.push(['path', 'Name the folder.'])
  return problems
}

export function inputOf(draft: PlaceDraft): PlaceInput {
  return kindWords[draft.kind].role === 'forwarder'
    ? { role: 'forwarder', forwarder: forwarderInput.parse(forwarderOf(draft)) }
    : { role: 'anchor', anchor: anchorInput.parse(anchorOf(draft)) }
}

/** From the form's fields to the contract's input, with the contract's own rules. */
export const draftSchema = (kept: Kept) =>
  fields
    .superRefine((draft, context) => {
      const own = ownProblems(draft, kept)
      for (const [field, message] of own) context.addIssue({ code: 'custom', message, path: [field] })
      for (const issue of schemaOf(draft).error?.issues ?? []) {
        const field = fieldAt(issue.path.join('.'))
        if (field !== null && !own.some(([other]) => other === field))
          context.addIssue({ code: 'custom', message: issue.message, path: [field] })
      }
    })
    .transform((draft) => inputOf(draft))
