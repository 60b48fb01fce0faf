import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'

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
      return `${await programOf(pid)}, process ${pid}`
    }
  }
  return null
}

/** What was started, with its script: `node server.mjs`. Its other arguments may hold secrets. */
async function programOf(pid: string): Promise<string> {
  const [program = '', script = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  // Some write a title over their command line, such as `nginx: master process`.
  if (program === '' || program.includes(': '))
    return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
  return script === '' || script.startsWith('-') ? basename(program) : `${basename(program)} ${basename(script)}`
}

async function listeningSockets(port: number): Promise<Set<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.flatMap((text) => text.split('\n').slice(1)).map((line) => line.trim().split(/\s+/))
  const listening = rows.filter(([, local, , state]) => state === '0A' && local?.endsWith(suffix))
  return new Set(listening.map((row) => `socket:[${row[9]}]`))
}
