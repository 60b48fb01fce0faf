import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { portOwner } from '#main/integration/gateway/plane/port-owner.ts'
import { AppError } from '#preload/contract/error.ts'

const host = '127.0.0.1'
/** Any port, because a tunnel may lead here; any other name is a page that has its own name lead to this machine. */
const loopbackName = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i

type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * A port that answers the programs of this machine alone.
 * @param alsoNamed a name beside those of this machine that its callers ask for.
 */
export function createLoopbackListener(respond: Respond, alsoNamed?: string) {
  let open: { readonly server: Server; readonly port: number } | null = null
  const close = (): void => {
    open?.server.close()
    open?.server.closeAllConnections()
    open = null
  }
  const answer: Respond = async (request, response) => {
    const { host: named = '' } = request.headers
    if (named === alsoNamed || loopbackName.test(named)) return respond(request, response)
    refuse(response, 403, 'Ask for 127.0.0.1 or localhost.')
  }
  return {
    port: (): number | null => open?.port ?? null,
    /** @param port null ends it. @throws AppError when it is taken; then nothing changed. */
    async listen(port: number | null): Promise<void> {
      if (port === (open?.port ?? null)) return
      const server = port === null ? null : await listening(port, answer)
      close()
      if (server && port !== null) open = { server, port }
    },
    close,
  }
}

export const refuse = (response: ServerResponse, status: number, sentence: string): void =>
  void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`)

function listening(port: number, answer: Respond): Promise<Server> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.maxConnections = 64
  return new Promise((resolve, reject) => {
    server.once('error', (error) => void failure(error, port).then(reject))
    server.listen({ host, port, exclusive: true }, () => {
      server.on('error', () => {})
      resolve(server)
    })
  })
}

async function failure(error: NodeJS.ErrnoException, port: number): Promise<unknown> {
  if (error.code === 'EADDRINUSE')
    return new AppError('conflict', `${host}:${port} is taken by ${(await portOwner(port)) ?? 'another program'}.`, {
      ...{ at: 'port', hint: 'Stop it, or choose another port. What was served before still is.' },
    })
  if (error.code === 'EACCES')
    return new AppError('invalid', `This user may not listen on port ${port}.`, {
      ...{ at: 'port', hint: 'Ports below 1024 need a privilege; choose a higher one.' },
    })
  return error
}
