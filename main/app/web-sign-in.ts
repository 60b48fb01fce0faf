import type { IncomingMessage, ServerResponse } from 'node:http'
import { callbackPath, samlPath } from '#main/security/access/providers.ts'
import { AppError } from '#preload/contract/error.ts'
import { answerPage } from './page.ts'
import { securityHeaders } from './static-files.ts'
import type { WebAccess } from './web-access.ts'
import type { WebSessions } from './web-sessions.ts'

type Ports = {
  readonly access: WebAccess
  readonly sessions: WebSessions
  readonly origin: (request: IncomingMessage) => string
}

const finishPath = '/sign-in/finish'
const largestForm = 1024 * 1024

/**
 * The addresses of the server host that signing in needs: where identity providers send browsers back to, and where a
 * page trades what it was told for its session. Answers whether a request was for one of them.
 */
export function createSignInPages({ access, sessions, origin }: Ports) {
  const failed = (response: ServerResponse): void => answerPage(response, 500, 'This did not work. Begin again.')

  /** From another site no strict cookie comes along, so our own page asks once more, with it. */
  const bounce = (response: ServerResponse, search: string): void =>
    answerPage(response, 200, 'Signing in …', { refresh: `0; url=${finishPath}${search}` })

  const finish = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const key = sessions.keyOf(request)
    const ticket = url.searchParams.get('ticket')
    const back = new URL(`${callbackPath}${url.search}`, origin(request))
    const page = ticket === null ? await access.callback(back, key) : await access.parked(ticket, key)
    answerPage(response, page.status, page.sentence)
  }

  const acceptForm = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = await readForm(request)
    const ticket = form && access.park(new URL(samlPath, origin(request)), form)
    if (ticket) bounce(response, `?ticket=${ticket}`)
    else answerPage(response, 400, 'Nobody waits for this sign-in. Go back to the application and begin again.')
  }

  const exchange = (request: IncomingMessage, response: ServerResponse, code: string) => {
    const own = sessions.keyOf(request)
    const key = own === null ? null : access.exchange(code, own)
    if (key === null) return answerPage(response, 401, 'This sign-in is over. Open the application and sign in again.')
    answerPage(response, 200, 'Opening …', { 'set-cookie': sessions.cookie(key), refresh: '0; url=/' })
  }

  const metadata = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    try {
      const xml = await access.metadata(url.searchParams.get('provider') ?? '', origin(request))
      response.writeHead(200, { ...securityHeaders, 'content-type': 'application/samlmetadata+xml' }).end(xml)
    } catch (thrown) {
      answerPage(response, 404, thrown instanceof AppError ? thrown.message : 'There is nothing here.')
    }
  }

  return (request: IncomingMessage, response: ServerResponse, url: URL): boolean => {
    const route = `${request.method} ${url.pathname}`
    const code = url.searchParams.get('code')
    if (route === `GET ${callbackPath}`) bounce(response, url.search)
    else if (route === `GET ${finishPath}`) finish(request, response, url).catch(() => failed(response))
    else if (route === `POST ${samlPath}`) acceptForm(request, response).catch(() => failed(response))
    else if (route === `GET ${samlPath}/metadata`) metadata(request, response, url).catch(() => failed(response))
    else if (route === 'GET /session' && code !== null) exchange(request, response, code)
    else return false
    return true
  }
}

/** The fields of a posted form; null for anything else. */
async function readForm(request: IncomingMessage): Promise<Record<string, string> | null> {
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '')) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > largestForm) return null
    chunks.push(chunk as Buffer)
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')))
}
