import { createLoopbackListener, refuse } from './loopback-listener.ts'

const path = '/metrics'
/** Prometheus text exposition format. */
const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Serves what the gateway measured to whoever scrapes it on this machine. */
export const createMetricsListener = (read: () => Promise<string>) =>
  createLoopbackListener(async ({ method = '', url = '' }, response) => {
    if (URL.parse(url, 'http://127.0.0.1')?.pathname !== path) return refuse(response, 404, 'There is only /metrics.')
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return refuse(response, 405, 'Only GET and HEAD are answered.')
    }
    const text = await read()
    response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
    response.end(method === 'HEAD' ? undefined : text)
  })
