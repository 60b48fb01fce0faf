import { z } from 'zod'
import type { TeamSettings } from '#preload/lifecycle/workspace.ts'

/** The form of a team workspace: everything is text while it is typed. */
export const teamDraft = z.object({
  host: z.string().trim().min(1, 'Give the host.'),
  port: z.string().regex(/^\d{1,5}$/, 'A port is a number up to 65535.'),
  database: z.string().trim().min(1, 'Name the database.'),
  user: z.string().trim().min(1, 'Name the user.'),
  schema: z.string().regex(/^[a-z_][a-z0-9_]{0,47}$/, 'Use lower-case letters, digits and underscores.'),
  tls: z.enum(['verify-full', 'off']),
  ca: z.string(),
  certificate: z.string(),
  key: z.string(),
  password: z.string(),
})
export type TeamDraft = z.infer<typeof teamDraft>

export const emptyDraft: TeamDraft = {
  host: '',
  port: '5432',
  database: 'framework0',
  user: '',
  schema: 'framework0',
  tls: 'verify-full',
  ca: '',
  certificate: '',
  key: '',
  password: '',
}

const filled = (text: string): string | undefined => (text.trim() === '' ? undefined : text)

/** What the form means; fields left empty are left out. */
export function settingsOf(draft: TeamDraft): TeamSettings {
  const { host, port, database, user, schema, tls, ca, certificate, key, password } = draft
  return {
    host,
    port: Number(port),
    database,
    user,
    schema,
    tls:
      tls === 'off'
        ? { mode: 'off' }
        : { mode: tls, ca: filled(ca), certificate: filled(certificate), key: filled(key) },
    password: filled(password),
  }
}
