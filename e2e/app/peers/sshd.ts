import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort, type Peer, startPeer, temporaryDirectory } from './peer.ts'

const program = '/usr/sbin/sshd'
export type Sshd = Peer & {
  readonly port: number
  readonly user: string
  readonly hostKey: string
  /** The key that it lets in. */
  readonly privateKey: string
}

/** Makes a pair of keys. @returns its private key, its public key in one line, and its fingerprint. */
export function makeKey(file: string, passphrase = '', type = 'ed25519') {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file])
  return readKey(file)
}

function readKey(file: string) {
  const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ')
  return { private: readFileSync(file, 'utf8'), public: readFileSync(`${file}.pub`, 'utf8'), fingerprint }
}

type Options = {
  /** Lets in the key of another one. */
  readonly authorized?: Pick<Sshd, 'privateKey'>
  /** Runs it beside a systemd of its own for the user, in namespaces of their own; only for root. */
  readonly systemd?: boolean
}

/** A real OpenSSH server on loopback that lets the present user in by one key. */
export async function startSshd({ systemd = false, authorized }: Options = {}): Promise<Sshd> {
  const directory = await temporaryDirectory('sshd')
  const port = await freePort()
  const host = makeKey(join(directory, 'host'))
  const user = keyIn(join(directory, 'user'), authorized?.privateKey)
  const config = join(directory, 'sshd_config')
  writeFileSync(config, configuration(directory, port, systemd))
  // It insists on this folder, which only an init of the system makes.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const [command, args] = systemd ? besideSystemd(directory, config) : [program, ['-D', '-e', '-f', config]]
  const peer = await startPeer({
    ...{ name: 'sshd', command, args, url: `ssh://127.0.0.1:${port}`, directory },
    ready: (log) => log().includes(`Server listening on 127.0.0.1 port ${port}`),
  })
  let stopped: Promise<void> | null = null
  const stopNow = (): Promise<void> => {
    for (const session of childrenOf(peer.pid)) kill(session)
    return peer.stop()
  }
  // A test may take it away before its end.
  const stop = (): Promise<void> => {
    stopped ??= stopNow()
    return stopped
  }
  return {
    ...peer,
    stop,
    [Symbol.asyncDispose]: stop,
    port,
    user: userInfo().username,
    hostKey: host.fingerprint,
    privateKey: user.private,
  }
}

/** Sessions outlive the server that let them in, and hold what it writes to open. */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.split(' ').filter(Boolean).map(Number)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** A key in a file: a new one, or the one that is given. */
function keyIn(file: string, given: string | undefined) {
  if (given === undefined) return makeKey(file)
  writeFileSync(file, given, { mode: 0o600 })
  writeFileSync(`${file}.pub`, execFileSync('ssh-keygen', ['-yf', file]))
  return readKey(file)
}

function configuration(directory: string, port: number, systemd: boolean): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${directory}/host`,
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    `AuthorizedKeysFile ${directory}/user.pub`,
    'StrictModes no',
    'LogLevel VERBOSE',
    ...(systemd ? [`SetEnv XDG_RUNTIME_DIR=${directory}/runtime XDG_CONFIG_HOME=${directory}/config`] : []),
    '',
  ].join('\n')
}

/**
 * systemd asks whether it booted the system, and remembers who lingers, in folders that are this peer's own here; the
 * first process of the namespace takes everything with it when it ends.
 */
function besideSystemd(directory: string, config: string): [string, string[]] {
  const script = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system
mount -t tmpfs tmpfs /var/lib/systemd && mkdir /var/lib/systemd/linger && touch "/var/lib/systemd/linger/$(id -un)"
mkdir -m 700 ${directory}/runtime ${directory}/config
export XDG_RUNTIME_DIR=${directory}/runtime XDG_CONFIG_HOME=${directory}/config
/lib/systemd/systemd --user --log-target=null &
exec ${program} -D -e -f ${config}`
  return ['unshare', ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script]]
}

/** The numbers of the processes that instances below a folder of a host run as. */
export const programsIn = (folder: string): number[] =>
  globSync(join(folder, '*/*/instances/*/program')).map((file) => Number(readFileSync(file, 'utf8').split(' ')[0]))

/** Ends what holds services below a folder of a host, and them, at once: a test leaves nothing behind. */
export function endServicesIn(folder: string): void {
  for (const file of globSync(join(folder, '*/*/instances/*/holder'))) kill(Number(readFileSync(file, 'utf8')))
  for (const pid of programsIn(folder)) kill(-pid)
}
