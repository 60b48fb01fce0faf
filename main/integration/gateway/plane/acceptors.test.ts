import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { get, type Plane, plane } from './plane.fixture.ts'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

async function opened(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  sockets.push(socket)
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}
const listening = (listener: Partial<{ acceptProxyProtocol: boolean; limits: { maxConnections: number } }>) =>
  plane({
    listeners: [{ name: 'web', port: 0, protocol: 'http', ...listener }],
  })
const connectionsOf = async ({ primary }: Plane): Promise<number> =>
  (await primary.status()).workers[0]?.connections ?? 0

describe('the connections of an address', () => {
  it.each([
    ['plain', false, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['after a PROXY header', true, 'PROXY TCP4 203.0.113.7 192.0.2.1 54321 80\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n'],
  ])('are as many as its limit, over all that accepts them: %s', async (_, acceptProxyProtocol, request) => {
    await using gateway = await listening({ acceptProxyProtocol, limits: { maxConnections: 3 } })
    const first = await Promise.all(Array.from({ length: 3 }, () => opened(gateway.port, request)))
    await expect.poll(() => connectionsOf(gateway)).toBe(3)
    const tooMany = await opened(gateway.port, request)
    await expect.poll(() => tooMany.closed).toBe(true)
    expect(await connectionsOf(gateway)).toBe(3)

    first[0]?.destroy()
    await expect.poll(() => connectionsOf(gateway)).toBe(2)
    const another = await opened(gateway.port, request)
    const [answer] = await once(another, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 404/)
  })

  it('end with the address, whose port is free again at once', async () => {
    await using gateway = await listening({})
    expect((await get(gateway.port, '/')).status).toBe(404)
    await gateway.primary.apply({ listeners: [], routes: [], backends: [] })
    await expect(get(gateway.port, '/')).rejects.toThrow('ECONNREFUSED')
    await gateway.primary.apply({
      listeners: [{ name: 'web', port: gateway.port, protocol: 'http' }],
      routes: [],
      backends: [],
    })
    expect((await get(gateway.port, '/')).status).toBe(404)
  })
})
