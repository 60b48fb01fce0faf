import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CallbackPage } from '#main/security/access/callbacks.ts'
import type { Loopback } from '#main/security/access/sign-in.ts'
import { closing } from './closing.ts'
import { answerPage } from './page.ts'

const path = '/callback'

/**
 * Listens on a free port of this machine for a browser that comes back from an identity provider (RFC 8252, §7.3), for
 * hosts that serve no pages themselves.
 */
export async function openLoopback(receive: (url: URL) => Promise<CallbackPage>): Promise<Loopback> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const home = `http://127.0.0.1:${port}`
    const url = URL.parse(request.url ?? '/', home)
    if (request.method !== 'GET' || request.headers.host !== `127.0.0.1:${port}` || url?.pathname !== path)
      return answerPage(response, 404, 'There is nothing here.')
    receive(url)
      .then(({ status, sentence }) => answerPage(response, status, sentence))
      .catch(() => response.destroy())
  })
  const close = closing(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    redirectUri: `http://127.0.0.1:${port}${path}`,
    // The page that says how it went is still on its way.
    close: () => void setTimeout(() => void close(), 500).unref(),
  }
}
