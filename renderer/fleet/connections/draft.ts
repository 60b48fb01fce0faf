import { z } from 'zod'
import { type Connection, type ConnectionInput, connectionInput, connectionKind } from '#preload/fleet/connections.ts'

export const signIns = ['none', 'basic', 'bearer', 'header'] as const

const { name, url, environment } = connectionInput.shape

/** The form's fields: flat, every control one text. Empty means not given. */
const fields = z.object({
  kind: connectionKind,
  name,
  url: url.refine(
    (text) => text === '' || URL.canParse(text),
    'Write the whole address: https://prometheus.example:9090',
  ),
  environment,
  signIn: z.enum(signIns),
  username: z.string(),
  password: z.string(),
  token: z.string(),
  headerName: z.string(),
  headerValue: z.string(),
  ca: z.string(),
  certificate: z.string(),
  key: z.string(),
})
export type Draft = z.input<typeof fields>
export type DraftField = keyof Draft

/** Secrets of an existing connection that stay in the vault when their field is left empty. */
export type Kept = { readonly signIn: (typeof signIns)[number] | null; readonly key: boolean }

export const keptOf = (connection: Connection | null): Kept => ({
  signIn: connection?.auth.kind ?? null,
  key: connection?.tls.hasKey ?? false,
})

/** Where each part of the contract's input stands in the form; errors of either side are shown there. */
const places: Readonly<Record<string, DraftField>> = {
  kind: 'kind',
  name: 'name',
  url: 'url',
  environment: 'environment',
  auth: 'signIn',
  'auth.username': 'username',
  'auth.password': 'password',
  'auth.token': 'token',
  'auth.name': 'headerName',
  'auth.value': 'headerValue',
  'auth.header': 'headerValue',
  'auth.key': 'key',
  'tls.ca': 'ca',
  'tls.certificate': 'certificate',
  'tls.key': 'key',
}

/** The field an error of the application is about; null when it is about the whole. */
export const fieldAt = (at: string | undefined): DraftField | null => places[at ?? ''] ?? null

const given = (text: string): string | undefined => (text === '' ? undefined : text)

function authOf(draft: Draft): ConnectionInput['auth'] {
  if (draft.signIn === 'basic') return { kind: 'basic', username: draft.username, password: given(draft.password) }
  if (draft.signIn === 'bearer') return { kind: 'bearer', token: given(draft.token) }
  if (draft.signIn === 'header') return { kind: 'header', name: draft.headerName, value: given(draft.headerValue) }
  return { kind: 'none' }
}

export function inputOf(draft: Draft): ConnectionInput {
  const { kind, name, url, environment } = draft
  const tls = { ca: given(draft.ca.trim()), certificate: given(draft.certificate.trim()), key: given(draft.key.trim()) }
  return { kind, name, url, environment, auth: authOf(draft), tls }
}

const secretOf = { basic: 'password', bearer: 'token', header: 'headerValue' } as const
const pem = /-----BEGIN [A-Z0-9 ]+-----[\s\S]+-----END [A-Z0-9 ]+-----/

/** What the contract cannot know: which secrets must be typed now, and that certificates are PEM. */
function missing(draft: Draft, kept: Kept): readonly (readonly [DraftField, string])[] {
  const { signIn, certificate, key } = draft
  const problems: [DraftField, string][] = []
  if (signIn === 'basic' && draft.username === '') problems.push(['username', 'Enter the user name.'])
  if (signIn === 'header' && draft.headerName === '') problems.push(['headerName', 'Name the header.'])
  if (signIn !== 'none' && kept.signIn !== signIn && draft[secretOf[signIn]] === '')
    problems.push([secretOf[signIn], 'Enter the secret.'])
  for (const field of ['ca', 'certificate', 'key'] as const)
    if (draft[field].trim() !== '' && !pem.test(draft[field]))
      problems.push([field, 'This is not PEM text: it begins with “-----BEGIN”.'])
  if (certificate.trim() !== '' && key.trim() === '' && !kept.key)
    problems.push(['key', 'A client certificate needs its key.'])
  if (certificate.trim() === '' && key.trim() !== '')
    problems.push(['certificate', 'A client key needs its certificate.'])
  return problems
}

/** From the form's fields to the contract's input, with the contract's own rules. */
export const draftSchema = (kept: Kept) =>
  fields
    .superRefine((draft, context) => {
      const own = missing(draft, kept)
      for (const [field, message] of own) context.addIssue({ code: 'custom', message, path: [field] })
      const parsed = connectionInput.safeParse(inputOf(draft))
      for (const issue of parsed.error?.issues ?? []) {
        const field = fieldAt(issue.path.join('.'))
        if (field !== null && !own.some(([other]) => other === field))
          context.addIssue({ code: 'custom', message: issue.message, path: [field] })
      }
    })
    .transform(inputOf)

/** What the form starts with; secrets are never shown again, so their fields are empty. */
export function draftOf(connection: Connection | null): Draft {
  const auth = connection?.auth ?? { kind: 'none' as const }
  return {
    kind: connection?.kind ?? 'prometheus',
    name: connection?.name ?? '',
    url: connection?.url ?? '',
    environment: connection?.environment ?? '',
    signIn: auth.kind,
    username: auth.kind === 'basic' ? auth.username : '',
    password: '',
    token: '',
    headerName: auth.kind === 'header' ? auth.name : '',
    headerValue: '',
    ca: connection?.tls.ca ?? '',
    certificate: connection?.tls.certificate ?? '',
    key: '',
  }
}
