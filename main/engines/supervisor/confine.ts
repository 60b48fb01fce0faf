import { spawnSync } from 'node:child_process'
import type { ProcessSpec } from './spec.ts'

/** A command line that runs another under limits, and what can be said of them. */
export type Confined = { readonly command: readonly string[]; readonly limits: string }

export type Confinement = (spec: Pick<ProcessSpec, 'command' | 'limits'>) => Confined

const works = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 3_000 }).status === 0

/**
 * What this system offers to confine a process, looked at once: a transient systemd scope for memory and CPU
 * (systemd.resource-control(5)), and setpriv(1) so that it cannot gain privileges and, under root, has no capabilities.
 */
export function findConfinement(): Confinement {
  const scope = works('systemd-run', ['--user', '--scope', '--quiet', 'true'])
  const bare = ['--no-new-privs', ...(process.getuid?.() === 0 ? ['--bounding-set=-all', '--inh-caps=-all'] : [])]
  const setpriv = works('setpriv', [...bare, 'true'])
  return ({ command, limits: { memoryBytes, cpuPercent } }) => {
    const wanted = memoryBytes !== null || cpuPercent !== null
    const properties = [
      ...(memoryBytes === null ? [] : ['-p', `MemoryMax=${memoryBytes}`, '-p', 'MemorySwapMax=0']),
      ...(cpuPercent === null ? [] : ['-p', `CPUQuota=${cpuPercent}%`]),
    ]
    return {
      command: [
        ...(wanted && scope ? ['systemd-run', '--user', '--scope', '--quiet', ...properties, '--'] : []),
        ...(setpriv ? ['setpriv', ...bare, '--'] : []),
        ...command,
      ],
      limits: !wanted
        ? 'No limits are set.'
        : scope
          ? 'Enforced by systemd.'
          : 'Not enforced: this machine has no systemd for this user.',
    }
  }
}
