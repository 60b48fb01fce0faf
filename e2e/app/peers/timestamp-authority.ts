import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Authority, createAuthority } from './certificates.ts'
import { listen } from './listen.ts'
import { temporaryDirectory } from './peer.ts'

/** How it cheats. */
export type Deceit =
  | 'none'
  | 'other-imprint'
  | 'other-nonce'
  /** Answers with the answer to the request before. */
  | 'played-back'
  | 'expired-certificate'
  /** Signs with a certificate of the same authority that is not for time stamping. */
  | 'no-purpose'
  /** Signs with a certificate that may do other things beside. */
  | 'many-purposes'
  | 'flipped-signature'
  | 'refuses'
  | 'no-token'

export type TimestampAuthorityPeer = {
  readonly url: string
  /** The CA that its certificate leads to, PEM. */
  readonly ca: string
  /** Tokens given so far. */
  given(): number
  cheat(deceit: Deceit): void
  [Symbol.asyncDispose](): Promise<void>
}

const run = promisify(execFile)
const timeStamping = ['extendedKeyUsage=critical,timeStamping', 'keyUsage=critical,digitalSignature']

/** A time stamping authority (RFC 3161): the real `openssl ts`, behind a small HTTP server in this process. */
export async function startTimestampAuthority(): Promise<TimestampAuthorityPeer> {
  const directory = await temporaryDirectory('tsa')
  const authority = await createAuthority('Framework0 test TSA CA')
  await writeSigners(directory, authority)
  let deceit: Deceit = 'none'
  let given = 0
  let last: Buffer = Buffer.alloc(0)
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.headers['content-type'] !== 'application/timestamp-query') {
      response.writeHead(415).end()
      return
    }
    const query = Buffer.concat(chunks)
    const reply = deceit === 'played-back' ? last : await replyTo(directory, query, deceit)
    last = reply
    given++
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(reply)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message))
  })
  const { port, close } = await listen(server)
  return {
    url: `http://127.0.0.1:${port}/tsa`,
    ca: authority.ca,
    given: () => given,
    cheat: (next) => {
      deceit = next
    },
    [Symbol.asyncDispose]: async () => {
      await close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function writeSigners(directory: string, authority: Authority): Promise<void> {
  const signers = {
    good: { commonName: 'TSA', extensions: timeStamping },
    expired: { commonName: 'TSA', extensions: timeStamping, days: -1 },
    plain: { commonName: 'Not a TSA', extensions: ['keyUsage=critical,digitalSignature'] },
    many: { commonName: 'TSA', extensions: ['extendedKeyUsage=critical,timeStamping,emailProtection'] },
  }
  for (const [name, options] of Object.entries(signers)) {
    const { cert, key } = await authority.issue(options)
    await writeFile(join(directory, `${name}.pem`), cert)
    await writeFile(join(directory, `${name}.key`), key)
    await writeFile(join(directory, `${name}.cnf`), configuration(directory, name))
  }
  await writeFile(join(directory, 'serial'), '01')
}

const configuration = (directory: string, signer: string): string => `
[tsa]
default_tsa = it
[it]
serial = ${join(directory, 'serial')}
crypto_device = builtin
signer_cert = ${join(directory, `${signer}.pem`)}
signer_key = ${join(directory, `${signer}.key`)}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`

async function replyTo(directory: string, query: Buffer, deceit: Deceit): Promise<Buffer> {
  switch (deceit) {
    case 'other-imprint':
      return openssl(directory, changed(query, imprintAt(query)), 'good')
    case 'other-nonce':
      return openssl(directory, changed(query, imprintAt(query) + 40), 'good')
    case 'expired-certificate':
      return openssl(directory, query, 'expired')
    case 'no-purpose':
      return resigned(directory, await openssl(directory, query, 'good'), 'plain')
    case 'many-purposes':
      return resigned(directory, await openssl(directory, query, 'good'), 'many')
    case 'flipped-signature': {
      const reply = await openssl(directory, query, 'good')
      return changed(reply, reply.length - 8)
    }
    case 'refuses':
      return openssl(directory, Buffer.from('not a query'), 'good')
    case 'no-token':
      return Buffer.from([0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00])
    default:
      return openssl(directory, query, 'good')
  }
}

/** Where the 32 bytes of the imprint begin: OCTET STRING of 32. The nonce, an INTEGER of 16 bytes, follows. */
const imprintAt = (query: Buffer): number => query.indexOf(Buffer.from([0x04, 0x20])) + 2

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x01
  return copy
}

async function openssl(directory: string, query: Buffer, signer: string): Promise<Buffer> {
  const [asked, answered] = [scratch(directory), scratch(directory)]
  await writeFile(asked, query)
  const config = join(directory, `${signer}.cnf`)
  await run('openssl', ['ts', '-reply', '-config', config, '-queryfile', asked, '-out', answered])
  return readFile(answered)
}

/** The same TSTInfo, signed by somebody whom `openssl ts` itself would not let sign. */
async function resigned(directory: string, reply: Buffer, signer: string): Promise<Buffer> {
  const [answered, token, info, cms] = [1, 2, 3, 4].map(() => scratch(directory)) as [string, string, string, string]
  await writeFile(answered, reply)
  await run('openssl', ['ts', '-reply', '-in', answered, '-token_out', '-out', token])
  await run('openssl', ['cms', '-verify', '-noverify', '-inform', 'DER', '-in', token, '-out', info])
  const by = ['-signer', join(directory, `${signer}.pem`), '-inkey', join(directory, `${signer}.key`), '-md', 'sha256']
  const form = ['-binary', '-nodetach', '-cades', '-econtent_type', '1.2.840.113549.1.9.16.1.4', '-outform', 'DER']
  await run('openssl', ['cms', '-sign', '-in', info, ...by, ...form, '-out', cms])
  return sequence(Buffer.concat([Buffer.from([0x30, 0x03, 0x02, 0x01, 0x00]), await readFile(cms)]))
}

/** DER: SEQUENCE of at most 64 KiB. */
const sequence = (content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff]), content])

const scratch = (directory: string): string => join(directory, randomUUID())
