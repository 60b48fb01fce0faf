import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Constants, IdentityProvider, ServiceProvider, setSchemaValidator } from 'samlify'
import { listen } from './listen.ts'
import { temporaryDirectory } from './peer.ts'

export type SamlUser = {
  readonly nameId: string
  readonly name: string
  readonly mail: string
  readonly groups: readonly string[]
}

export type SamlForm = { readonly SAMLResponse: string; readonly RelayState: string }

/** What a response is made of instead of what is true, and how it is signed. */
export type SamlHostility = {
  readonly audience?: string | null
  readonly recipient?: string
  readonly destination?: string
  readonly inResponseTo?: string
  readonly issuer?: string
  readonly nameId?: string
  readonly nameIdFormat?: string
  /** Seconds from now. */
  readonly notBefore?: number
  readonly notOnOrAfter?: number
  readonly authnInstant?: number
  readonly context?: string
  readonly status?: string
  /** What is signed; the assertion unless given. */
  readonly sign?: 'assertion' | 'response' | 'both' | 'nothing'
  readonly algorithm?: 'sha256' | 'sha1'
  /** With a key that nobody was told of. */
  readonly foreignKey?: true
  /** Changes the XML before, and after, it is signed. */
  readonly before?: (xml: string) => string
  readonly after?: (xml: string) => string
}

export type SamlIdp = {
  readonly entityId: string
  readonly entryPoint: string
  /** PEM, with which its responses verify. */
  readonly certificate: string
  /** A person at the provider without a browser: what its form would post for this sign-in. */
  signIn(url: string, login: string, hostility?: SamlHostility): Promise<SamlForm>
  /** Signs with a new key from now on, and returns its certificate. */
  rotateKey(): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export const samlUsers: Readonly<Record<string, SamlUser>> = {
  ana: { nameId: 'ana', name: 'Ana "Sre" <on call> & more', mail: 'ana@ops.test', groups: ['sre', 'on-call'] },
  admin: { nameId: 'admin', name: 'Admin', mail: 'admin@ops.test', groups: ['admin'] },
}

type Keys = { readonly key: string; readonly certificate: string }
const run = promisify(execFile)

/**
 * A real SAML 2.0 identity provider (npm `samlify`) with its own RSA key, on loopback. A browser gets a form for the
 * login, and then one that posts the response to the callback; a test can mint hostile ones.
 */
export async function startSamlIdp(sp: { readonly entityId: string; readonly callbackUrl: string }): Promise<SamlIdp> {
  setSchemaValidator({ validate: async () => 'not needed: the requests are our own' })
  const foreign = await newKeys()
  let keys = await newKeys()
  let origin = ''

  const respond = async (url: string, login: string, hostility: SamlHostility = {}): Promise<SamlForm> => {
    const asked = new URL(url).searchParams
    const idp = identityProvider(origin, hostility.foreignKey ? foreign : keys, hostility.algorithm ?? 'sha256')
    const service = serviceProvider(sp, hostility.sign ?? 'assertion')
    const query = { SAMLRequest: asked.get('SAMLRequest') ?? '' }
    const request = await idp.parseLoginRequest(service, 'redirect', { query, octetString: '' })
    const user = samlUsers[login]
    if (user === undefined) throw new Error(`The identity provider knows nobody called ${login}.`)
    const inResponseTo = String(request.extract.request?.id)
    const plain = responseXml({ idp: `${origin}/metadata`, sp, inResponseTo, user, hostility })
    const xml = hostility.before?.(plain) ?? plain
    const signed =
      hostility.sign === 'nothing'
        ? xml
        : decode(
            (
              await idp.createLoginResponse(
                service,
                { extract: { request: { id: inResponseTo } } },
                'post',
                {},
                () => ({ id: '', context: xml }),
              )
            ).context,
          )
    const form = { RelayState: asked.get('RelayState') ?? '' }
    return { ...form, SAMLResponse: Buffer.from(hostility.after?.(signed) ?? signed).toString('base64') }
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin)
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const login = new URLSearchParams(body).get('login')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    if (login === null || samlUsers[login] === undefined) response.end(loginPage)
    else response.end(postPage(sp.callbackUrl, await respond(url.href, login)))
  }

  const server = await listen(createServer((request, response) => void serve(request, response)))
  origin = `http://127.0.0.1:${server.port}`
  return {
    entityId: `${origin}/metadata`,
    entryPoint: `${origin}/sso`,
    certificate: keys.certificate,
    signIn: respond,
    rotateKey: async () => {
      keys = await newKeys()
      return keys.certificate
    },
    [Symbol.asyncDispose]: server.close,
  }
}

function identityProvider(origin: string, keys: Keys, algorithm: 'sha256' | 'sha1') {
  return IdentityProvider({
    entityID: `${origin}/metadata`,
    privateKey: keys.key,
    signingCert: keys.certificate,
    wantAuthnRequestsSigned: false,
    requestSignatureAlgorithm:
      algorithm === 'sha1' ? Constants.algorithms.signature.RSA_SHA1 : Constants.algorithms.signature.RSA_SHA256,
    singleSignOnService: [{ Binding: Constants.namespace.binding.redirect, Location: `${origin}/sso` }],
    // Not served; samlify warns on the console without it.
    singleLogoutService: [{ Binding: Constants.namespace.binding.redirect, Location: `${origin}/slo` }],
  })
}

function serviceProvider(sp: { readonly entityId: string; readonly callbackUrl: string }, sign: SamlHostility['sign']) {
  return ServiceProvider({
    entityID: sp.entityId,
    authnRequestsSigned: false,
    wantAssertionsSigned: sign !== 'response',
    wantMessageSigned: sign !== 'assertion',
    assertionConsumerService: [{ Binding: Constants.namespace.binding.post, Location: sp.callbackUrl }],
  })
}

type ResponseParts = {
  readonly idp: string
  readonly sp: { readonly entityId: string; readonly callbackUrl: string }
  readonly inResponseTo: string
  readonly user: SamlUser
  readonly hostility: SamlHostility
}

function responseXml({ idp, sp, inResponseTo, user, hostility }: ResponseParts): string {
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
  const issuer = `<saml:Issuer>${text(hostility.issuer ?? idp)}</saml:Issuer>`
  const [before, after] = [at(hostility.notBefore ?? 0), at(hostility.notOnOrAfter ?? 300)]
  const answers = text(hostility.inResponseTo ?? inResponseTo)
  const audience =
    hostility.audience === null
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${text(hostility.audience ?? sp.entityId)}</saml:Audience></saml:AudienceRestriction>`
  const format = hostility.nameIdFormat ?? 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
  const context = hostility.context ?? 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'
  const attribute = (name: string, values: readonly string[]) =>
    `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${text(value)}</saml:AttributeValue>`).join('')}</saml:Attribute>`
  return [
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(0)}" InResponseTo="${answers}"`,
    ` Destination="${text(hostility.destination ?? sp.callbackUrl)}">${issuer}`,
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${hostility.status ?? 'Success'}"/></samlp:Status>`,
    `<saml:Assertion ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(0)}">${issuer}`,
    `<saml:Subject><saml:NameID Format="${format}">${text(hostility.nameId ?? user.nameId)}</saml:NameID>`,
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">',
    `<saml:SubjectConfirmationData NotOnOrAfter="${after}" Recipient="${text(hostility.recipient ?? sp.callbackUrl)}"`,
    ` InResponseTo="${answers}"/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${before}" NotOnOrAfter="${after}">${audience}</saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${at(hostility.authnInstant ?? 0)}" SessionIndex="_1"><saml:AuthnContext>`,
    `<saml:AuthnContextClassRef>${context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    `<saml:AttributeStatement>${attribute('displayName', [user.name])}${attribute('mail', [user.mail])}`,
    `${attribute('groups', user.groups)}</saml:AttributeStatement></saml:Assertion></samlp:Response>`,
  ].join('')
}

const text = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

const loginPage =
  '<!doctype html><title>Sign in</title><form method="post"><label>Login <input name="login"></label><button>Sign in</button></form>'

const postPage = (callbackUrl: string, form: SamlForm): string =>
  `<!doctype html><title>Signed in</title><form method="post" action="${text(callbackUrl)}">` +
  `<input type="hidden" name="SAMLResponse" value="${form.SAMLResponse}"><input type="hidden" name="RelayState" value="${text(form.RelayState)}">` +
  '<button>Continue</button></form><script>document.forms[0].submit()</script>'

/** SAML signs with RSA; the authority of the other peers makes EC keys. */
async function newKeys(): Promise<Keys> {
  const directory = await temporaryDirectory('saml')
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=SAML test']
  try {
    await run('openssl', [...request, '-keyout', key, '-out', certificate])
    return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
