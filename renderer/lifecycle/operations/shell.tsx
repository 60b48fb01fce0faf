import { useQuery } from '@tanstack/react-query'
import { Briefcase } from 'lucide-react'
import type { DrawerTab } from '#renderer/app/BottomDrawer.tsx'
import { openDrawer, useOverlays } from '#renderer/app/overlays.ts'
import type { StatusBarProps, StatusItem } from '#renderer/app/StatusBar.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { hostNames } from './Application.tsx'
import { JobsDrawer, jobsTab } from './JobsDrawer.tsx'
import { jobsWords } from './jobs-words.ts'
import { applicationHealth, jobList, useOperationsLive } from './queries.ts'

/** The jobs as a tab of the bottom drawer. */
export const jobsDrawerTab: DrawerTab = { id: jobsTab, title: 'Jobs', panel: <JobsDrawer /> }

const toggleJobs = (): void => openDrawer(useOverlays.getState().drawer === jobsTab ? null : jobsTab)

/** How many jobs run, wait or failed; pressing it opens the drawer. */
function useJobsItem(): StatusItem {
  const { data = [] } = useQuery(jobList)
  const { text, failing } = jobsWords(data)
  return {
    id: 'jobs',
    title: 'Running, planned and recent jobs',
    onPress: toggleJobs,
    content: (
      <span className={failing ? 'flex items-center gap-1 text-warning' : 'flex items-center gap-1'}>
        <Briefcase aria-hidden size={12} strokeWidth={1.75} />
        {text}
      </span>
    ),
  }
}

/** The host, the version and the jobs, for the status bar. Mount once, in the shell. */
export function useApplicationStatus(): StatusBarProps {
  useOperationsLive()
  const { data } = useQuery(applicationHealth)
  const jobs = useJobsItem()
  useCommands([
    { id: 'jobs', title: 'Show or hide the jobs', area: 'View', keywords: 'drawer running planned', run: toggleJobs },
  ])
  return { host: data === undefined ? '…' : hostNames[data.host], version: data?.version ?? '', items: [jobs] }
}
