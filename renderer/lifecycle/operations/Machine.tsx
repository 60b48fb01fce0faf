import { useQuery } from '@tanstack/react-query'
import type { HostReading } from '#preload/observability/metrics.ts'
import { formatBytes, formatDuration, formatNumber, plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Skeleton } from '#renderer/ui/Skeleton.tsx'
import { StaleMark } from '#renderer/ui/StaleMark.tsx'
import { hostReading, sparkValues } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
import { applicationHealth } from './queries.ts'
import { missingRate, percentOf, Reading } from './Reading.tsx'
import type { Spark } from './sparks.ts'

type Sparks = Readonly<Record<Spark, readonly (number | null)[]>> | undefined

const filesystemsShown = 3
const none: readonly (number | null)[] = []
const rate = (value: number): string => `${formatBytes(value)}/s`
const load = (value: number): string => formatNumber(value, 2)

/** The sum of what is known; null when nothing is. */
const sum = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
const rateOf = (value: number | null): string => (value === null ? '' : rate(value))

function Space({ filesystems }: Pick<HostReading, 'filesystems'>) {
  if (filesystems.length === 0) return <Reading name="Disk space" value="" />
  const usedOf = ({ size, available }: HostReading['filesystems'][number]) => (size === 0 ? 0 : 1 - available / size)
  const fullest = filesystems.toSorted((left, right) => usedOf(right) - usedOf(left))
  return fullest
    .slice(0, filesystemsShown)
    .map((filesystem) => (
      <Reading
        key={filesystem.mountpoint}
        name={`Disk ${filesystem.mountpoint}`}
        value={percentOf(100 * usedOf(filesystem))}
        detail={`${formatBytes(filesystem.available)} free`}
        full={usedOf(filesystem)}
      />
    ))
}

function Readings({ reading, sparks }: { readonly reading: HostReading; readonly sparks: Sparks }) {
  const { cpuPercent, cores, memory, swap, disk, uptimeSeconds } = reading
  const { data: health } = useQuery(applicationHealth)
  const missing = missingRate(reading.at, health?.startedAt)
  // What the machine says to itself is no traffic.
  const network = reading.network.filter(({ device }) => device !== 'lo')
  const spark = (name: Spark, format: (value: number) => string) => ({ values: sparks?.[name] ?? none, format })
  const memoryUsed = memory === null ? null : memory.total - memory.available
  const swapUsed = swap === null ? null : swap.total - swap.free
  return (
    <dl className="flex flex-col py-1">
      <Reading
        name="CPU"
        missing={missing}
        value={percentOf(cpuPercent)}
        detail={`of ${plural(cores, 'core')}`}
        spark={spark('cpu', percentOf)}
      />
      <Reading
        name="Load"
        value={reading.load === null ? '' : load(reading.load[0])}
        detail={reading.load?.slice(1).map(load).join(' · ')}
        spark={spark('load', load)}
      />
      <Reading
        name="Memory"
        value={memoryUsed === null ? '' : formatBytes(memoryUsed)}
        detail={memory === null ? null : `of ${formatBytes(memory.total)}`}
        spark={spark('memory', formatBytes)}
      />
      <Reading
        name="Swap"
        value={swap === null || swapUsed === null ? '' : swap.total === 0 ? 'none' : formatBytes(swapUsed)}
        detail={swap === null || swap.total === 0 ? null : `of ${formatBytes(swap.total)}`}
      />
      <Reading
        name="Disk I/O"
        missing={missing}
        value={disk === null ? '' : rateOf(sum([disk.readPerSecond, disk.writtenPerSecond]))}
        detail={
          disk === null
            ? null
            : `${rateOf(disk.readPerSecond) || '–'} read, ${rateOf(disk.writtenPerSecond) || '–'} written`
        }
        spark={spark('disk', rate)}
      />
      <Reading
        name="Received"
        missing={missing}
        value={rateOf(sum(network.map(({ receivedPerSecond }) => receivedPerSecond)))}
        detail={network.map(({ device }) => device).join(', ')}
        spark={spark('received', rate)}
      />
      <Reading
        name="Sent"
        missing={missing}
        value={rateOf(sum(network.map(({ sentPerSecond }) => sentPerSecond)))}
        detail={network.map(({ device }) => device).join(', ')}
        spark={spark('sent', rate)}
      />
      <Space filesystems={reading.filesystems} />
      <Reading name="Up" value={uptimeSeconds === null ? '' : formatDuration(uptimeSeconds)} />
    </dl>
  )
}

/** This machine now, with the last quarter of an hour. */
export function Machine() {
  const query = useQuery(hostReading)
  const { data: sparks } = useQuery(sparkValues)
  const reading = query.data
  return (
    <Panel
      title={reading ? `This machine now: ${reading.hostname}` : 'This machine now'}
      actions={
        <>
          {reading ? <StaleMark updatedAt={reading.at} staleAfter={20} /> : null}
          <Deeper to="/metrics">Metrics</Deeper>
        </>
      }
    >
      <QueryView
        query={query}
        failure="This machine could not be read."
        skeleton={<Skeleton rows={8} />}
        empty={(data) => (data === null ? <p className="p-3 text-muted">The first reading is on its way…</p> : null)}
        ready={(data) => (data === null ? null : <Readings reading={data} sparks={sparks} />)}
      />
    </Panel>
  )
}
