import { readFile, statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Sample, sample } from '../sample.ts'

export type Mount = {
  readonly device: string
  readonly mountpoint: string
  readonly fstype: string
  readonly readonly: boolean
}

/** node_exporter's default exclusions, and what lives in memory. */
const notOnDisk =
  /^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fusectl|fuse\.(gvfsd-fuse|portal|lxcfs)|hugetlbfs|iso9660|mqueue|nsfs|proc|procfs|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs)$/
const systemMountpoint =
  /^\/(dev|proc|run\/credentials\/.+|sys|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)($|\/)/

/** Mounted filesystems that hold files on a disk or a server, each device once (/proc/self/mounts, see fstab(5)). */
export function mountsOf(text: string): readonly Mount[] {
  const byDevice = new Map<string, Mount>()
  for (const line of text.split('\n')) {
    const [device, mountpoint, fstype, options] = line.split(' ').map(unescaped)
    if (device === undefined || mountpoint === undefined || fstype === undefined || options === undefined) continue
    if (notOnDisk.test(fstype) || systemMountpoint.test(mountpoint)) continue
    // Containers stack overlays by the dozen; only the one that is our root tells something new.
    if (fstype === 'overlay' && mountpoint !== '/') continue
    const known = byDevice.get(device)
    if (known !== undefined && known.mountpoint.length <= mountpoint.length) continue
    byDevice.set(device, { device, mountpoint, fstype, readonly: options.split(',').includes('ro') })
  }
  return [...byDevice.values()]
}

const unescaped = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** A dead NFS server blocks statfs for minutes. */
const patienceMs = 1000

/** Sizes of the mounted filesystems of Linux; one that does not answer within a second is left out until it does. */
export function createFilesystemReader(mounts = () => readFile('/proc/self/mounts', 'utf8')) {
  const waiting = new Set<string>()

  const measure = async (mount: Mount): Promise<readonly Sample[]> => {
    if (waiting.has(mount.mountpoint)) return []
    waiting.add(mount.mountpoint)
    const patience = new AbortController()
    const measured = statfs(mount.mountpoint).finally(() => waiting.delete(mount.mountpoint))
    const late = delay(patienceMs, null, { signal: patience.signal, ref: false }).catch(() => null)
    // A filesystem that we may not look at, or that just went away, is not measured.
    const found = await Promise.race([measured.catch(() => null), late])
    patience.abort()
    if (found === null || found.blocks === 0) return []
    const labels = { device: mount.device, fstype: mount.fstype, mountpoint: mount.mountpoint }
    return [
      sample('node_filesystem_size_bytes', found.blocks * found.bsize, labels),
      sample('node_filesystem_avail_bytes', found.bavail * found.bsize, labels),
      sample('node_filesystem_readonly', mount.readonly ? 1 : 0, labels),
    ]
  }

  return async (): Promise<readonly Sample[]> => (await Promise.all(mountsOf(await mounts()).map(measure))).flat()
}
