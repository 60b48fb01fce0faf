import { z } from 'zod'
import { type Provider, type ProviderInput, providerInput } from '#preload/security/sign-in.ts'

export type ProviderKind = ProviderInput['kind']

const fields = z.object({
  kind: z.enum(['oidc', 'ldap', 'saml']),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  scopes: z.string(),
  groupsClaim: z.string(),
  ca: z.string(),
  url: z.string(),
  startTls: z.boolean(),
  bindDn: z.string(),
  bindPassword: z.string(),
  baseDn: z.string(),
  userFilter: z.string(),
  groupBaseDn: z.string(),
  nameAttribute: z.string(),
  mailAttribute: z.string(),
  nestedGroups: z.boolean(),
  entryPoint: z.string(),
  idpIssuer: z.string(),
  idpCertificates: z.string(),
  samlGroups: z.string(),
  samlName: z.string(),
  samlEmail: z.string(),
})
/** The form's fields, of all kinds at once. */
export type ProviderDraft = z.infer<typeof fields>
export type ProviderField = keyof ProviderDraft

const empty: ProviderDraft = {
  kind: 'oidc',
  name: '',
  issuer: '',
  clientId: '',
  clientSecret: '',
  scopes: 'openid profile email groups offline_access',
  groupsClaim: 'groups',
  ca: '',
  url: '',
  startTls: true,
  bindDn: '',
  bindPassword: '',
  baseDn: '',
  userFilter: '',
  groupBaseDn: '',
  nameAttribute: 'cn',
  mailAttribute: 'mail',
  nestedGroups: true,
  entryPoint: '',
  idpIssuer: '',
  idpCertificates: '',
  samlGroups: 'groups',
  samlName: 'name',
  samlEmail: 'email',
}

/** What the form starts with; secrets are never shown again, so their fields are empty. */
export function draftOf(provider: Provider | null): ProviderDraft {
  const settings = provider?.settings
  if (settings === undefined) return empty
  if (settings.kind === 'oidc') {
    const { hasClientSecret: _, ca = '', ...rest } = settings
    return { ...empty, ...rest, ca }
  }
  if (settings.kind === 'ldap') {
    const { hasBindPassword: _, ca = '', bindDn = '', userFilter = '', groupBaseDn = '', ...rest } = settings
    return { ...empty, ...rest, ca, bindDn, userFilter, groupBaseDn }
  }
  const { kind, name, entryPoint, idpIssuer, idpCertificates, groupsAttribute, nameAttribute, emailAttribute } =
    settings
  const mapped = { samlGroups: groupsAttribute, samlName: nameAttribute, samlEmail: emailAttribute }
  return { ...empty, kind, name, entryPoint, idpIssuer, idpCertificates: idpCertificates.join('\n'), ...mapped }
}

const given = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())
/** A secret is taken as it was typed, blanks and all. */
const secretOf = (text: string): string | undefined => (text === '' ? undefined : text)

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The certificates of a text that has one PEM block after another. */
export const certificatesOf = (text: string): string[] => [...text.matchAll(certificate)].map(([block]) => block)

export function inputOf(draft: ProviderDraft): z.input<typeof providerInput> {
  const { kind } = draft
  const name = draft.name.trim()
  if (kind === 'oidc') {
    const { issuer, clientId, scopes, groupsClaim } = draft
    const rest = { ca: given(draft.ca), clientSecret: secretOf(draft.clientSecret) }
    return { kind, name, issuer: issuer.trim(), clientId: clientId.trim(), scopes, groupsClaim, ...rest }
  }
  if (kind === 'ldap') {
    const { nestedGroups, nameAttribute, mailAttribute } = draft
    const url = draft.url.trim()
    // ldaps:// is encrypted from the start; the two do not go together.
    const startTls = draft.startTls && !url.startsWith('ldaps:')
    const where = { url, baseDn: draft.baseDn.trim(), ca: given(draft.ca) }
    const as = { bindDn: given(draft.bindDn), bindPassword: secretOf(draft.bindPassword) }
    const found = { userFilter: given(draft.userFilter), groupBaseDn: given(draft.groupBaseDn) }
    return { kind, name, startTls, nestedGroups, nameAttribute, mailAttribute, ...where, ...as, ...found }
  }
  return {
    kind,
    name,
    entryPoint: draft.entryPoint.trim(),
    idpIssuer: draft.idpIssuer.trim(),
    idpCertificates: certificatesOf(draft.idpCertificates),
    groupsAttribute: draft.samlGroups,
    nameAttribute: draft.samlName,
    emailAttribute: draft.samlEmail,
  }
}

const samlFields: Readonly<Record<string, ProviderField>> = {
  groupsAttribute: 'samlGroups',
  nameAttribute: 'samlName',
  emailAttribute: 'samlEmail',
}

/** The field of the form that an error's path (`provider.issuer`, `idpCertificates.0`) is about; null for none. */
export function fieldAt(at: string | undefined, kind: ProviderKind): ProviderField | null {
  const [first = ''] = (at ?? '').replace(/^provider\./, '').split('.')
  const mapped = kind === 'saml' ? (samlFields[first] ?? first) : first
  return fields.keyof().safeParse(mapped).data ?? null
}

const sentences: Partial<Readonly<Record<ProviderField, string>>> = {
  issuer: 'Write the address of the provider: https://id.example.com.',
  clientId: 'Give the client id that the provider made for us.',
  baseDn: 'Say below which entry people are: ou=people,dc=example,dc=com.',
  entryPoint: 'Write the address where the provider signs people in.',
  idpIssuer: 'Give the entity id of the provider.',
  idpCertificates: 'Paste at least one certificate; it begins with “-----BEGIN CERTIFICATE”.',
}

/** From the form's fields to the contract's input, with the contract's own rules. */
export const providerDraftSchema = fields
  .superRefine((draft, context) => {
    const parsed = providerInput.safeParse(inputOf(draft))
    for (const issue of parsed.error?.issues ?? []) {
      const field = fieldAt(issue.path.join('.'), draft.kind)
      if (field !== null)
        context.addIssue({ code: 'custom', message: sentences[field] ?? issue.message, path: [field] })
    }
    if (draft.kind === 'ldap' && draft.bindDn.trim() === '' && draft.bindPassword !== '')
      context.addIssue({ code: 'custom', message: 'Say whose password this is.', path: ['bindDn'] })
  })
  .transform(inputOf)
export type ProviderDraftInput = z.input<typeof providerInput>
