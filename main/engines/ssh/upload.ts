import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { commandError } from './failure.ts'
import type { SshHost } from './host.ts'
import { type TarFile, tarOf } from './tar.ts'

/** The last file of what is sent: without it not all has arrived, whatever tar makes of a stream that just ends. */
const wholeName = '.framework0-whole'
const uploadWithinMs = 30 * 60_000

/** A text as a file to be sent. */
export function textFile(path: string, text: string, mode = 0o600): TarFile {
  const bytes = Buffer.from(text)
  return {
    ...{ path, mode, size: bytes.length },
    async *content() {
      yield bytes
    },
  }
}

/** The files below a folder, in the order of their paths. */
export async function* filesBelow(folder: string): AsyncGenerator<TarFile> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
  for (const full of paths.toSorted()) {
    const { size, mode } = await stat(full)
    yield {
      path: relative(folder, full).split(sep).join('/'),
      ...{ size, mode: (mode & 0o100) === 0 ? 0o400 : 0o500, content: () => createReadStream(full) },
    }
  }
}

/** All files, and at the end what says so. */
export async function* wholeTar(files: Iterable<TarFile> | AsyncIterable<TarFile>): AsyncGenerator<Buffer> {
  async function* marked(): AsyncGenerator<TarFile> {
    yield* files
    yield textFile(wholeName, '')
  }
  yield* tarOf(marked())
}

/** Unpacks what `wholeTar` sends into the folder `$1`, which is new; fails when it is not whole. */
export const unpack = `tar -xf - -C "$1" && rm "$1/${wholeName}"`

/** Beside its place first, so that half of a folder is never taken for one; who comes second keeps what is there. */
const receive = `set -eu
umask 077
mkdir -p "$(dirname "$1")"
fresh="$1.new-$2"
mkdir "$fresh"
trap 'rm -rf "$fresh"' EXIT
trap 'exit 1' HUP INT TERM PIPE
if ! ( set -- "$fresh"; ${unpack} ); then exit 1; fi
[ -d "$1" ] || mv -T "$fresh" "$1" || [ -d "$1" ]
`

/** Sends a folder to a host, where it is there whole or not at all. One that is there already is left as it is. */
export async function upload(host: SshHost, folder: string, remote: string, signal?: AbortSignal): Promise<void> {
  const options = signal ? { signal } : {}
  const there = await host.run('[ -d "$1" ]', { args: [remote], ...options })
  if (there.code === 0) return
  const ran = await host.run(receive, {
    args: [remote, randomBytes(6).toString('hex')],
    ...{ input: wholeTar(filesBelow(folder)), withinMs: uploadWithinMs, ...options },
  })
  if (ran.code !== 0) throw commandError(host.place.address, `take the files of ${remote}`, ran.errors, ran.code)
}
