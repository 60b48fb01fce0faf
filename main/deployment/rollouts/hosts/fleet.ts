import { createHash } from 'node:crypto'
import type { SshKey, SshPlace } from '#main/engines/ssh/connection.ts'
import { commandError } from '#main/engines/ssh/failure.ts'
import { openHost, type RunOptions, type SshHost } from '#main/engines/ssh/host.ts'
import { AppError } from '#preload/contract/error.ts'

/** Where the services of an environment run, and the key that opens it. */
export type HostAccess = {
  readonly hosts: readonly SshPlace[]
  readonly folder: string
  readonly ports: { readonly from: number; readonly to: number }
  /** Asked for at the moment of use. @throws AppError `locked`, or `not_found` when none is set. */
  readonly key: () => Promise<SshKey>
}

/** What sees to it that instances run on a host; `why` it is not systemd. */
export type Holder = { readonly kind: 'systemd' } | { readonly kind: 'own'; readonly why: string }

/** A host that carries out the tasks of `resources/hosts/host.sh`. */
export type HostAtWork = {
  readonly ssh: SshHost
  readonly access: HostAccess
  readonly holder: () => Promise<Holder>
  /** @returns what the task wrote. @param doing completes "could not …" @throws AppError */
  readonly task: (doing: string, args: readonly string[], options?: Omit<RunOptions, 'args'>) => Promise<string>
}

export type Fleet = {
  readonly hosts: (environment: string) => Promise<readonly HostAtWork[]>
  /** Closes what is open of an environment; its key may be another one, or none. */
  readonly forget: (environment: string) => void
  readonly close: () => void
}

type Options = {
  readonly access: (environment: string) => Promise<HostAccess>
  /** The text of `host.sh`. */
  readonly script: string
}

type Opened = { readonly of: string; readonly hosts: readonly HostAtWork[] }

/** The hosts of all environments, each connected to once. */
export function openFleet({ access, script }: Options): Fleet {
  const opened = new Map<string, Opened>()
  const forget = (environment: string): void => {
    for (const { ssh } of opened.get(environment)?.hosts ?? []) ssh.close()
    opened.delete(environment)
  }
  return {
    async hosts(environment) {
      const found = await access(environment)
      const of = JSON.stringify([found.hosts, found.folder, found.ports])
      const known = opened.get(environment)
      if (known?.of === of) return known.hosts
      forget(environment)
      const hosts = found.hosts.map((place) => atWork(openHost(place, found.key), found, script))
      opened.set(environment, { of, hosts })
      return hosts
    },
    forget,
    close() {
      for (const environment of [...opened.keys()]) forget(environment)
    },
  }
}

/** Puts the script in its place where it is not, and asks it what holds instances there. */
const prepare = `set -eu
umask 077
[ "$(uname -s)" = Linux ] || { echo "it runs $(uname -s), and only Linux is known" >&2; exit 70; }
missing=
for each in tar flock setsid base64 find readlink; do command -v "$each" >/dev/null || missing="$missing $each"; done
[ -z "$missing" ] || { echo "it lacks$missing" >&2; exit 70; }
mkdir -p "$1"
if [ ! -f "$1/$2" ]; then
  cat >"$1/$2.new-$$"
  mv -f "$1/$2.new-$$" "$1/$2"
fi
exec sh "$1/$2" supervisor
`
const scriptGone = 97
const perform = `[ -f "$1" ] || exit ${scriptGone}
exec sh "$@"`
const noFreePort = 75

function atWork(ssh: SshHost, access: HostAccess, script: string): HostAtWork {
  // By its content, so that what holds instances since an earlier version of it goes on with its own.
  const name = `framework0-${createHash('sha256').update(script).digest('hex').slice(0, 12)}.sh`
  const { address } = ssh.place
  let prepared: Promise<Holder> | null = null

  const look = async (): Promise<Holder> => {
    const input = (async function* () {
      yield Buffer.from(script)
    })()
    const { code, output, errors } = await ssh.run(prepare, { args: [access.folder, name], input })
    if (code === 70) throw new AppError('unsupported', `${address} cannot run services: ${errors.trim()}.`)
    if (code !== 0) throw commandError(address, `be prepared in ${access.folder}`, errors, code)
    const [kind, ...why] = output.trim().split(' ')
    return kind === 'systemd' ? { kind } : { kind: 'own', why: why.join(' ') }
  }
  const holder = (): Promise<Holder> => {
    prepared ??= look().catch((thrown: unknown) => {
      prepared = null
      throw thrown
    })
    return prepared
  }
  const task: HostAtWork['task'] = async (doing, args, options = {}) => {
    await holder()
    const run = () => ssh.run(perform, { ...options, args: [`${access.folder}/${name}`, ...args] })
    const ran = await run()
    if (ran.code === scriptGone) {
      // Somebody removed the folder: asked for again, it is made anew.
      prepared = null
      throw new AppError('unreachable', `${address} has lost the folder ${access.folder}.`, { hint: 'Try again.' })
    }
    if (ran.code === 0) return ran.output
    if (ran.code === noFreePort)
      throw new AppError('conflict', `${address} has ${ran.errors.trim()}.`, {
        hint: 'Give the environment more ports.',
      })
    throw commandError(address, doing, ran.errors, ran.code)
  }
  return { ssh, access, holder, task }
}
