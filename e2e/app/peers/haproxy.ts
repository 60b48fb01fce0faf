import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listens } from './nginx.ts'
import { available, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export const haproxyAvailable = (): boolean => available('haproxy')

/** A real HAProxy of one thread before `target`; with `sendProxy` it begins each connection with a PROXY header, version 2. */
export async function startHaproxy(port: number, target: number, sendProxy = false): Promise<Peer> {
  const directory = await temporaryDirectory('haproxy')
  const config = `global
  maxconn 4000
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  http-reuse always
  server one 127.0.0.1:${target}${sendProxy ? ' send-proxy-v2' : ''}
`
  await writeFile(join(directory, 'haproxy.cfg'), config)
  return startPeer({
    name: 'haproxy',
    command: 'haproxy',
    args: ['-db', '-f', join(directory, 'haproxy.cfg')],
    url: `http://127.0.0.1:${port}`,
    directory,
    ready: () => listens(port),
  })
}
