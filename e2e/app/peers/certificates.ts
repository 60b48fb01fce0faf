import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryDirectory } from './peer.ts'

/** PEM texts. */
export type Certificate = { readonly cert: string; readonly key: string }

export type IssueOptions = {
  readonly commonName: string
  /** `DNS:localhost`, `IP:127.0.0.1`; those two unless given. */
  readonly names?: readonly string[]
  /** Days from now until it ends; negative for one that has already expired. */
  readonly days?: number
  /** More extensions, as `openssl` writes them: `extendedKeyUsage=critical,timeStamping`. */
  readonly extensions?: readonly string[]
}

export type Authority = {
  /** The CA certificate, PEM. */
  readonly ca: string
  issue(options: IssueOptions): Promise<Certificate>
}

const run = promisify(execFile)
const curve: readonly string[] = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
const loopbackNames = ['DNS:localhost', 'IP:127.0.0.1']

/** A private certificate authority with P-256 keys, made by the `openssl` command in a directory that is removed. */
export async function createAuthority(commonName = 'Framework0 test CA'): Promise<Authority> {
  const root = await selfSigned(commonName, ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'])
  return { ca: root.cert, issue: (options) => inDirectory((directory) => issue(directory, root, options)) }
}

/** A server certificate for loopback that nobody vouches for. */
export const createSelfSigned = (): Promise<Certificate> =>
  selfSigned('localhost', [`subjectAltName=${loopbackNames.join(',')}`])

/** A certificate that TLS refuses today: RSA of 1024 bits. */
export const createWeak = (): Promise<Certificate> =>
  selfSigned('weak.example', [], ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'])

function selfSigned(commonName: string, extensions: readonly string[], kind = curve): Promise<Certificate> {
  return inDirectory(async (directory) => {
    const key = await newKey(directory, kind)
    const cert = join(directory, 'cert.pem')
    const added = extensions.flatMap((extension) => ['-addext', extension])
    await run('openssl', [
      'req',
      '-x509',
      '-new',
      '-key',
      key,
      '-subj',
      `/CN=${commonName}`,
      '-days',
      '30',
      ...added,
      '-out',
      cert,
    ])
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
  })
}

async function issue(directory: string, root: Certificate, options: IssueOptions): Promise<Certificate> {
  const request = join(directory, 'request.csr')
  const cert = join(directory, 'cert.pem')
  const extensions = join(directory, 'extensions')
  const key = await newKey(directory)
  await writeFile(join(directory, 'ca.pem'), root.cert)
  await writeFile(join(directory, 'ca-key.pem'), root.key)
  const names = `subjectAltName=${(options.names ?? loopbackNames).join(',')}`
  await writeFile(extensions, [names, ...(options.extensions ?? []), ''].join('\n'))
  await run('openssl', ['req', '-new', '-key', key, '-subj', `/CN=${options.commonName}`, '-out', request])
  const signedBy = ['-CA', join(directory, 'ca.pem'), '-CAkey', join(directory, 'ca-key.pem'), '-CAcreateserial']
  const days = ['-days', String(options.days ?? 30)]
  await run('openssl', ['x509', '-req', '-in', request, ...signedBy, ...days, '-extfile', extensions, '-out', cert])
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
}

async function newKey(directory: string, kind = curve): Promise<string> {
  const key = join(directory, 'key.pem')
  await run('openssl', ['genpkey', ...kind, '-out', key])
  return key
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await temporaryDirectory('certificates')
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
