import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { LastMeasured, VersionMeasurement } from '#preload/deployment/measurement.ts'
import { TimeSeriesChart } from '#renderer/ui/chart/TimeSeriesChart.tsx'
import { formatNumber } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { liveVersions } from './queries.ts'

const milliseconds = (value: number): string => `${formatNumber(value)} ms`
const percent = (value: number): string => `${formatNumber(value)} %`
const orNothing = (value: number | null, format: (value: number) => string): string =>
  value === null ? '–' : format(Number(value.toPrecision(3)))
const headers = ['Version', 'Share', 'Ready', 'Requests', 'Failed', 'p50', 'p95', 'p99'] as const
const colors = [1, 2, 3, 4, 5, 6] as const

type Of = (window: VersionMeasurement['windows'][number]) => number | null

/** One line for each version over the seconds in which any of them was asked. */
function linesOf(versions: readonly VersionMeasurement[], of: Of) {
  const moments = new Set(versions.flatMap(({ windows }) => windows.map(({ at }) => Date.parse(at) / 1_000)))
  const times = [...moments].sort((a, b) => a - b)
  const series = versions.map(({ version, windows }, index) => {
    const values = new Map(windows.map((window) => [Date.parse(window.at) / 1_000, of(window)]))
    return {
      label: version,
      color: colors[index % colors.length] ?? 1,
      values: times.map((at) => values.get(at) ?? null),
    }
  })
  return { times, series }
}

const errorPercent: Of = ({ errors, requests }) => (requests === 0 ? null : (100 * errors) / requests)
const p95: Of = (window) => window.p95

function Charts({ versions }: { readonly versions: readonly VersionMeasurement[] }) {
  const errors = useMemo(() => linesOf(versions, errorPercent), [versions])
  const latency = useMemo(() => linesOf(versions, p95), [versions])
  if (errors.times.length < 2) return null
  return (
    <div className="flex flex-col gap-2">
      <TimeSeriesChart title="Failed requests" {...errors} format={percent} syncKey="rollout" height={110} />
      <TimeSeriesChart title="95th percentile" {...latency} format={milliseconds} syncKey="rollout" height={110} />
    </div>
  )
}

type VersionsProps = {
  readonly versions: readonly VersionMeasurement[]
  /** Who gets which share; at an end nobody is between two versions any more. */
  readonly shares?: boolean
}

function Versions({ versions, shares = true }: VersionsProps) {
  const weights = versions.reduce((sum, { weight }) => sum + weight, 0)
  return (
    <table className="w-full">
      <thead className="text-left text-label text-muted">
        <tr>
          {headers
            .filter((each) => shares || each !== 'Share')
            .map((each, index) => (
              <th key={each} scope="col" className={`pr-3 font-medium ${index === 0 ? '' : 'text-right'}`}>
                {each}
              </th>
            ))}
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {versions.map(({ version, weight, ready, desired, requests, errors, ...latency }) => (
          <tr key={version} className="border-t border-line">
            <th scope="row" className="py-1 pr-3 text-left font-medium">
              <SafeText text={version} />
            </th>
            {shares ? (
              <td className="pr-3 text-right">{weights === 0 ? '0 %' : `${Math.round((100 * weight) / weights)} %`}</td>
            ) : null}
            <td className={`pr-3 text-right ${ready < desired ? 'text-warning' : ''}`}>{`${ready} of ${desired}`}</td>
            <td className="pr-3 text-right">{formatNumber(requests)}</td>
            <td className={`pr-3 text-right ${errors > 0 ? 'text-critical' : ''}`}>{formatNumber(errors)}</td>
            <td className="pr-3 text-right">{orNothing(latency.p50, milliseconds)}</td>
            <td className="pr-3 text-right">{orNothing(latency.p95, milliseconds)}</td>
            <td className="pr-3 text-right">{orNothing(latency.p99, milliseconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

type LiveVersionsProps = { readonly environment: string; readonly service: string }

/** The versions of a service that run, side by side, as the gateway measured them over the last five minutes. */
export function LiveVersions({ environment, service }: LiveVersionsProps) {
  const query = useQuery(liveVersions(environment, service))
  return (
    <Section title="Now, over five minutes">
      <QueryView
        query={query}
        failure="What the gateway measured could not be loaded."
        ready={(versions) =>
          versions.length === 0 ? (
            <p className="text-muted">Nothing of it runs here now.</p>
          ) : (
            <>
              <Versions versions={versions} />
              <Charts versions={versions} />
            </>
          )
        }
      />
    </Section>
  )
}

/** The versions of a rollout that ended, as they were measured then: what runs today says nothing of it. */
export function LastVersions({ measured }: { readonly measured: LastMeasured | null }) {
  return (
    <Section title="At its end">
      {measured === null ? (
        <p className="text-muted">What was measured of its versions at its end was not kept.</p>
      ) : (
        <>
          <p className="pb-1 text-secondary text-muted">
            Measured from <Timestamp at={measured.since} /> to <Timestamp at={measured.at} />.
          </p>
          <Versions versions={measured.versions} shares={false} />
          <Charts versions={measured.versions} />
        </>
      )}
    </Section>
  )
}
