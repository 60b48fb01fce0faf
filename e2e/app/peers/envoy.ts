import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

/** Starts the real Envoy of this machine with a static bootstrap, and an admin address of its own. */
export async function startEnvoy(bootstrap: string): Promise<Peer> {
  const directory = await temporaryDirectory('envoy')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const admin = { admin: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }
  await writeFile(join(directory, 'envoy.yaml'), bootstrap)
  return startPeer({
    ...{ name: 'envoy', command: 'envoy', url, directory },
    args: ['-c', join(directory, 'envoy.yaml'), '--config-yaml', JSON.stringify(admin), '--use-dynamic-base-id'],
    ready: async () => (await fetch(`${url}/ready`)).status === 200,
  })
}
