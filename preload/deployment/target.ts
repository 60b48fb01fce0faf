import { z } from 'zod'

export const hostAddress = z
  .string()
  .trim()
  .min(1, 'Name the host.')
  .max(253)
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/,
    'Give a host name or an IP address.',
  )

const port = z.number('Give a number.').int().min(1, 'A port is at least 1.').max(65_535, 'A port is at most 65535.')
export const sshPort = port

/** A host, whom to be there, and the key that it was confirmed to have. */
export const sshHost = z.object({
  address: hostAddress,
  port,
  user: z
    .string()
    .trim()
    .min(1, 'Name the user.')
    .max(64)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/, 'A user has letters, digits, dots, dashes and underscores.'),
  /** As `ssh-keygen -l` writes it. */
  hostKey: z
    .string()
    .trim()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'A fingerprint is SHA256: and 43 characters. Read the key of the host.'),
})
export type SshHostInput = z.infer<typeof sshHost>

const hostNameOf = ({ address, port }: SshHostInput): string => `${address.toLowerCase()}:${port}`

const sshTarget = z.object({
  kind: z.literal('ssh'),
  hosts: z
    .array(sshHost)
    .min(1, 'Name at least one host.')
    .max(20)
    .refine((hosts) => new Set(hosts.map(hostNameOf)).size === hosts.length, 'A host is named twice.'),
  /** Where files go on each host; it and what is in it belong to this application. */
  folder: z
    .string()
    .trim()
    .max(200)
    .regex(
      /^(\/[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*)+$/,
      'Give a path from / with letters, digits, dots, dashes and underscores.',
    ),
  /** Each instance gets one of these on its host. */
  ports: z
    .object({ from: port.min(1_024, 'Ports below 1024 are those of the system.'), to: port })
    .refine(({ from, to }) => from <= to, { message: 'The last port is below the first.', path: ['to'] }),
})

/** Where the services of an environment run. */
export const target = z.discriminatedUnion('kind', [
  /** Supervised processes of this machine, behind the embedded gateway. */
  z.object({ kind: z.literal('machine') }),
  /** Supervised processes of other machines, behind the embedded gateway of this one. */
  sshTarget,
])
export type EnvironmentTarget = z.infer<typeof target>

/** What a new one proposes. */
export const usualFolder = '/srv/framework0'
export const usualPorts = { from: 20_000, to: 20_999 } as const
