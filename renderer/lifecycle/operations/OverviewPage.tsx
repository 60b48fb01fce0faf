import { Application } from './Application.tsx'
import { Changes } from './Changes.tsx'
import { FirstRun } from './FirstRun.tsx'
import { Machine } from './Machine.tsx'
import { useOverviewLive } from './overview-queries.ts'
import { useOperationsLive } from './queries.ts'
import { Sources } from './Sources.tsx'
import { Waiting } from './Waiting.tsx'
import { Wrong } from './Wrong.tsx'

/** The first screen: what is wrong, what waits for me, how this machine is, what changed. */
export function OverviewPage() {
  useOverviewLive()
  useOperationsLive()
  return (
    <div className="flex flex-col gap-2 p-2">
      <FirstRun />
      <div className="grid grid-cols-1 items-start gap-2 lg:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-2">
          <Wrong />
          <Waiting />
          <Changes />
        </div>
        <div className="flex min-w-0 flex-col gap-2">
          <Machine />
          <Sources />
          <Application />
        </div>
      </div>
    </div>
  )
}
