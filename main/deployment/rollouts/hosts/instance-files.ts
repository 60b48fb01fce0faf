import { createHash } from 'node:crypto'
import { quoted, words } from '#main/engines/ssh/quote.ts'
import type { TarFile } from '#main/engines/ssh/tar.ts'
import { textFile } from '#main/engines/ssh/upload.ts'
import type { Workload, WorkloadName } from '../engine.ts'
import type { Holder, HostAtWork } from './fleet.ts'

export const serviceFolder = (folder: string, { environment, service }: Omit<WorkloadName, 'version'>): string =>
  `${folder}/${environment}/${service}`

/** What `host.sh` needs to run one instance; see there. Secrets are in `environment`, which nobody else may read. */
export function instanceFiles(
  workload: Workload,
  index: number,
  { access, ssh }: Pick<HostAtWork, 'access' | 'ssh'>,
  holder: Holder,
): TarFile[] {
  const { env, secretEnv, stopGraceSeconds, digest } = workload
  const values = {
    ...env,
    FRAMEWORK0_ENVIRONMENT: workload.environment,
    FRAMEWORK0_SERVICE: workload.service,
    FRAMEWORK0_VERSION: workload.version,
    FRAMEWORK0_INSTANCE: String(index),
    ...secretEnv,
  }
  const place = `${serviceFolder(access.folder, workload)}/instances/${workload.version}#${index}`
  const unit = `framework0-${createHash('sha256').update(place).digest('hex').slice(0, 16)}.service`
  const texts = {
    command: `exec ${words(workload.command)}`,
    environment: Object.entries(values)
      .map(([name, value]) => `export ${name}=${quoted(value)}`)
      .join('\n'),
    release: digest,
    grace: String(stopGraceSeconds),
    by: holder.kind,
    // All addresses of the host: which of them this machine reaches it by is not known there.
    host: ssh.place.address.includes(':') ? '::' : '0.0.0.0',
    'unit.name': unit,
    unit: unitText(workload, index, place),
  }
  return Object.entries(texts).map(([name, text]) => textFile(name, `${text}\n`))
}

/** A unit of systemd for the user. The paths hold nothing that means something there: the contract sees to it. */
function unitText(workload: Workload, index: number, place: string): string {
  const { memoryMegabytes, cpuPercent, stopGraceSeconds } = workload
  return [
    '[Unit]',
    `Description=${workload.service} ${workload.version} of ${workload.environment}, instance ${index}`,
    'StartLimitIntervalSec=60',
    'StartLimitBurst=6',
    '[Service]',
    `ExecStart=/bin/sh @script@ run ${place}`,
    'Restart=always',
    'RestartSec=200ms',
    `TimeoutStopSec=${stopGraceSeconds}`,
    `StandardOutput=append:${place}/log`,
    `StandardError=append:${place}/log`,
    ...(memoryMegabytes === null ? [] : [`MemoryMax=${memoryMegabytes}M`, 'MemorySwapMax=0']),
    ...(cpuPercent === null ? [] : [`CPUQuota=${cpuPercent}%`]),
    '[Install]',
    'WantedBy=default.target',
  ].join('\n')
}
