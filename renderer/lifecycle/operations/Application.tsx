import { useQuery } from '@tanstack/react-query'
import type { ApplicationHealth } from '#preload/lifecycle/operations.ts'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { formatBytes, formatNumber } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SeverityMark } from '#renderer/ui/SeverityMark.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { hostReading, sparkValues } from './overview-queries.ts'
import { Deeper, Panel } from './Panel.tsx'
import { applicationHealth } from './queries.ts'
import { missingRate, percentOf, Reading } from './Reading.tsx'

const milliseconds = (value: number): string => `${formatNumber(value, 0)} ms`
const none: readonly (number | null)[] = []
const noticesShown = 3

export const hostNames: Readonly<Record<ApplicationHealth['host'], string>> = {
  desktop: 'Desktop',
  server: 'Server host',
  'command line': 'Command line',
}

function Notices({ notices }: Pick<ApplicationHealth, 'notices'>) {
  const latest = notices.toReversed()
  return (
    <ul>
      {latest.slice(0, noticesShown).map((notice) => (
        <li key={`${notice.at} ${notice.text}`} className="flex items-start gap-2 border-b border-line px-3 py-1">
          <SeverityMark severity={notice.severity} className="shrink-0" />
          <SafeText text={notice.text} className="min-w-0 flex-1" />
          <RelativeTime at={notice.at} className="shrink-0 text-secondary text-muted" />
        </li>
      ))}
    </ul>
  )
}

function Readings({ startedAt }: { readonly startedAt: string }) {
  const { data: reading } = useQuery(hostReading)
  const { data: sparks } = useQuery(sparkValues)
  if (reading === null || reading === undefined) return null
  const { residentBytes, heapBytes, cpuPercent, eventLoopDelayP99Ms, databases } = reading.application
  const total = databases.reduce((sum, { bytes }) => sum + bytes, 0)
  return (
    <>
      <Reading
        name="Memory"
        value={formatBytes(residentBytes)}
        detail={`heap ${formatBytes(heapBytes)}${cpuPercent === null ? '' : ` · CPU ${percentOf(cpuPercent)}`}`}
        spark={{ values: sparks?.resident ?? none, format: formatBytes }}
      />
      <Reading
        name="Event loop"
        missing={missingRate(reading.at, startedAt)}
        value={eventLoopDelayP99Ms === null ? '' : milliseconds(eventLoopDelayP99Ms)}
        detail="99th percentile"
        spark={{ values: sparks?.eventLoop ?? none, format: milliseconds }}
      />
      <Reading
        name="Databases"
        value={databases.length === 0 ? '' : formatBytes(total)}
        detail={databases.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(' · ')}
      />
    </>
  )
}

/** How the application itself is. */
export function Application() {
  const query = useQuery(applicationHealth)
  return (
    <Panel title="This application" actions={<Deeper to="/preferences">Preferences</Deeper>}>
      <QueryView
        query={query}
        failure="The state of the application could not be read."
        skeletonRows={4}
        ready={({ notices, version, host, startedAt, dataFolder, logFile }) => (
          <>
            <Notices notices={notices} />
            <dl className="flex flex-col py-1">
              <Readings startedAt={startedAt} />
              <Reading
                name="Version"
                value={version}
                detail={
                  <>
                    {hostNames[host]}, started <RelativeTime at={startedAt} />
                  </>
                }
              />
              <Reading
                name="Data folder"
                value={<CopyButton label="Copy the path of the data folder" text={dataFolder} />}
                detail={<SafeText text={dataFolder} mono oneLine />}
              />
              <Reading
                name="Log"
                value={<CopyButton label="Copy the path of the log" text={logFile} />}
                detail={<SafeText text={logFile} mono oneLine />}
              />
            </dl>
          </>
        )}
      />
    </Panel>
  )
}
