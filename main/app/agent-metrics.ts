import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { portOwner } from '#main/integration/gateway/plane/port-owner.ts'
import { AppError } from '#preload/contract/error.ts'

const host = '127.0.0.1'
const path = '/metrics'
/** Any port, because a tunnel may lead here; any other name is a page that has its own name lead to this machine. */
const loopbackName = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i
/** Prometheus text exposition format. */
const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Serves what the gateway measured to whoever scrapes it on this machine. */
export function createMetricsListener(read: () => Promise<string>) {
  let open: { readonly server: Server; readonly port: number } | null = null
  const close = (): void => {
    open?.server.close()
    open?.server.closeAllConnections()
    open = null
  }
  return {
    port: (): number | null => open?.port ?? null,
    /** @param port null ends it. @throws AppError when it is taken; then nothing changed. */
    async listen(port: number | null): Promise<void> {
      if (port === (open?.port ?? null)) return
      const server = port === null ? null : await listening(port, read)
      close()
      if (server && port !== null) open = { server, port }
    },
    close,
  }
}

function listening(port: number, read: () => Promise<string>): Promise<Server> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    answer(request, response, read).catch(() => response.destroy())
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

async function answer(request: IncomingMessage, response: ServerResponse, read: () => Promise<string>): Promise<void> {
  const { method = '', headers } = request
  const refuse = (status: number, sentence: string): void =>
    void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`)
  if (!loopbackName.test(headers.host ?? '')) return refuse(403, 'Ask for 127.0.0.1 or localhost.')
  if (URL.parse(request.url ?? '', `http://${host}`)?.pathname !== path) return refuse(404, 'There is only /metrics.')
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return refuse(405, 'Only GET and HEAD are answered.')
  }
  const text = await read()
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(method === 'HEAD' ? undefined : text)
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
