import proxy from '@fastify/http-proxy'
import fastify from 'fastify'

/** Entry of a peer of the bench: @fastify/http-proxy before an upstream, in a process of its own. */
const [port, upstream] = process.argv.slice(2)
const server = fastify()
await server.register(proxy, { upstream: `http://127.0.0.1:${upstream}` })
await server.listen({ host: '127.0.0.1', port: Number(port) })
