import { readdir, readFile, readlink } from 'node:fs/promises'

/** The program that listens on a TCP port, as far as this user may see (Linux); null otherwise. */
export async function portOwner(port: number): Promise<string | null> {
  const sockets = await listeningSockets(port)
  if (sockets.size === 0) return null
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of processes) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      if (!sockets.has(target)) continue
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return `${name.trim()}, process ${pid}`
    }
  }
  return null
}

async function listeningSockets(port: number): Promise<Set<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.flatMap((text) => text.split('\n').slice(1)).map((line) => line.trim().split(/\s+/))
  const listening = rows.filter(([, local, , state]) => state === '0A' && local?.endsWith(suffix))
  return new Set(listening.map((row) => `socket:[${row[9]}]`))
}
