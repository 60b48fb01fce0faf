import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Certificate, createAuthority } from './certificates.ts'
import { freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export type SyslogRecipe = {
  /** Clients must show a certificate of the same CA. */
  readonly clientCertificates?: boolean
  /** The certificate is for another host. */
  readonly otherHost?: boolean
}

export type SyslogPeer = {
  readonly host: string
  readonly port: number
  /** The CA of its certificate, PEM. */
  readonly ca: string
  /** A certificate that it accepts from a client. */
  readonly client: Certificate
  /** The messages it has written to its file, whole, oldest first. */
  messages(): Promise<readonly string[]>
  log(): string
  /** Ends it (TERM, so that it writes what it has). Its file stays. */
  down(): Promise<void>
  /** Starts it again on the same port, with the same file. */
  up(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts the real rsyslogd of this machine with TLS on a free loopback port; it writes raw messages to a file. */
export async function startSyslog(recipe: SyslogRecipe = {}): Promise<SyslogPeer> {
  const directory = await temporaryDirectory('syslog')
  const port = await freePort()
  const authority = await createAuthority('Framework0 syslog CA')
  const names = recipe.otherHost ? ['DNS:elsewhere.example'] : ['DNS:localhost', 'IP:127.0.0.1']
  const server = await authority.issue({ commonName: 'localhost', names })
  const client = await authority.issue({ commonName: 'framework0' })
  const file = join(directory, 'messages')
  await writeFile(join(directory, 'ca.pem'), authority.ca)
  await writeFile(join(directory, 'cert.pem'), server.cert)
  await writeFile(join(directory, 'key.pem'), server.key)
  await writeFile(join(directory, 'rsyslog.conf'), configuration(directory, port, file, recipe))

  let peer: Peer | null = await launch(directory, port)
  const down = async () => {
    const ending = peer
    peer = null
    await ending?.stop()
  }
  const messages = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  return {
    host: '127.0.0.1',
    port,
    ca: authority.ca,
    client,
    messages,
    log: () => peer?.log() ?? '',
    down,
    up: async () => {
      peer ??= await launch(directory, port)
    },
    [Symbol.asyncDispose]: async () => {
      await down()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Its own scratch directory is removed when it stops; the folder with its file is not. */
async function launch(directory: string, port: number): Promise<Peer> {
  const scratch = await temporaryDirectory('rsyslogd')
  return startPeer({
    name: 'rsyslogd',
    command: 'rsyslogd',
    args: ['-n', '-f', join(directory, 'rsyslog.conf'), '-i', join(scratch, 'pid')],
    url: `syslog-tls://127.0.0.1:${port}`,
    directory: scratch,
    ready: () => accepts(port),
  })
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

const configuration = (directory: string, port: number, file: string, recipe: SyslogRecipe): string => `
global(
  workDirectory="${directory}"
  maxMessageSize="64k"
  defaultNetstreamDriverCAFile="${join(directory, 'ca.pem')}"
  defaultNetstreamDriverCertFile="${join(directory, 'cert.pem')}"
  defaultNetstreamDriverKeyFile="${join(directory, 'key.pem')}"
  parser.escapeControlCharactersOnReceive="on"
)
module(
  load="imtcp"
  streamDriver.name="gtls"
  streamDriver.mode="1"
  streamDriver.authMode="${recipe.clientCertificates ? 'x509/certvalid' : 'anon'}"
)
template(name="raw" type="string" string="%rawmsg%\n")
ruleset(name="audit") { action(type="omfile" file="${file}" template="raw" asyncWriting="off") }
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="audit")
`
