import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { available, type Peer, startPeer, temporaryDirectory } from './peer.ts'

export const nginxAvailable = (): boolean => available('nginx')

/** A real nginx of one process that serves what `http` says (the inside of its `http` block) and listens on `port`. */
export async function startNginx(port: number, http: string): Promise<Peer> {
  const directory = await temporaryDirectory('nginx')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  const config = `daemon off; master_process off; pid ${directory}/pid; error_log stderr warn;
events { worker_connections 16384; }
http { access_log off; keepalive_requests 100000000; ${paths.join(' ')} ${http} }
`
  await writeFile(join(directory, 'nginx.conf'), config)
  return startPeer({
    name: 'nginx',
    command: 'nginx',
    args: ['-c', join(directory, 'nginx.conf'), '-p', directory, '-e', 'stderr'],
    url: `http://127.0.0.1:${port}`,
    directory,
    ready: () => listens(port),
  })
}

/** Answers every request with a body of that many bytes. */
export const nginxOf = (port: number, bytes: number): string =>
  `server { listen 127.0.0.1:${port} backlog=4096; location / { default_type text/plain; return 200 "${'x'.repeat(bytes)}"; } }`

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
