import {
  type ConfigurationDifference,
  differCount,
  differenceWords,
  type VersionConfiguration,
} from '#preload/deployment/running-configuration.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'

function Differences({ differs }: { readonly differs: readonly ConfigurationDifference[] }) {
  return (
    <ul className="list-disc pl-4">
      {differs.map((each) => (
        <li key={`${each.kind} ${each.name}`}>
          <SafeText text={differenceWords(each)} />
        </li>
      ))}
    </ul>
  )
}

type RunningConfigurationProps = {
  readonly configuration: VersionConfiguration
  /** The service, where that is not clear from what is around it. */
  readonly service?: string
}

/** That a version runs with another configuration than its environment has now, in what, and how to take that up. */
export function RunningConfiguration({ configuration, service }: RunningConfigurationProps) {
  const { version, recordedAt, differs } = configuration
  const subject = service === undefined ? version : `${service} ${version}`
  if (recordedAt === null)
    return (
      <p className="text-secondary text-muted">
        With what {subject} was rolled out is not recorded. What starts of it has the present configuration.
      </p>
    )
  if (differs.length === 0) return null
  return (
    <div role="note" className="flex flex-col gap-1">
      <p className="text-warning">
        {subject} runs with the configuration of <Timestamp at={recordedAt} />; {differCount(differs)} from the present
        one:
      </p>
      <Differences differs={differs} />
      <p className="text-secondary text-muted">
        To take the present one up, press “Add again” at {version} under the versions of the service, and roll it out.
      </p>
    </div>
  )
}

/** With what configuration a version comes back; undefined until that is known. */
export function ComesBackWith({ configuration }: { readonly configuration: VersionConfiguration | undefined }) {
  if (configuration === undefined) return null
  const { version, recordedAt, differs } = configuration
  if (recordedAt === null)
    return <p>With what {version} ran is not recorded, so it comes back with the present configuration.</p>
  const since = <Timestamp at={recordedAt} />
  if (differs.length === 0)
    return (
      <p>
        {version} comes back with the configuration that it had, of {since}, which is the present one.
      </p>
    )
  return (
    <div className="flex flex-col gap-1">
      <p>
        {version} comes back with the configuration that it had, of {since}; {differCount(differs)} from the present
        one:
      </p>
      <Differences differs={differs} />
    </div>
  )
}
