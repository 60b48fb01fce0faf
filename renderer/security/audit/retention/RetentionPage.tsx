import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useCommands } from '#renderer/ui/commands.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { AuditFrame } from '../AuditFrame.tsx'
import { AuditGate } from '../AuditGate.tsx'
import { auditSearchOf, nothing, useAuditFilter } from '../audit-search.ts'
import { auditRetention, useForbidden } from '../queries.ts'
import { HoldsSection } from './HoldsSection.tsx'
import { KeepSection } from './KeepSection.tsx'
import { PeopleSection } from './PeopleSection.tsx'
import { PlaceHold } from './PlaceHold.tsx'
import { isPlacingHold } from './retention-search.ts'

/** The hold being placed lives in the address, with the filter that it starts from. */
function useHoldRequest() {
  const navigate = useNavigate()
  const location = useLocation({ select: ({ search }) => search as Readonly<Record<string, unknown>> })
  const put = (change: Readonly<Record<string, unknown>>) => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never })
  }
  return {
    open: isPlacingHold(location),
    filter: useAuditFilter(auditSearchOf(location)),
    ask: () => put({ hold: true }),
    close: () => put({ ...nothing, hold: undefined }),
  }
}

function RetentionScreen() {
  const retention = useQuery(auditRetention)
  const forbidden = useForbidden()
  const hold = useHoldRequest()
  const place = forbidden('audit.placeHold')
  useCommands([
    {
      id: 'audit.hold',
      title: 'Place a legal hold',
      area: 'Audit',
      shortcut: 'h',
      disabledReason: place,
      run: hold.ask,
    },
  ])
  return (
    <AuditFrame>
      <div data-region="Retention" className="h-full overflow-auto">
        <div className="grid max-w-[1400px] grid-cols-1 items-start min-[1600px]:grid-cols-2">
          <QueryView
            query={retention}
            failure="What is kept could not be loaded."
            ready={(data) => (
              <div>
                <KeepSection key={String(data.keepDays)} retention={data} forbidden={forbidden('audit.setRetention')} />
                <HoldsSection
                  holds={data.holds}
                  forbidden={{ place, release: forbidden('audit.releaseHold') }}
                  onPlace={hold.ask}
                />
              </div>
            )}
          />
          <div className="border-line max-[1599px]:border-t min-[1600px]:border-l">
            <PeopleSection forbidden={forbidden('audit.erase')} />
          </div>
        </div>
      </div>
      <PlaceHold open={hold.open && place === undefined} filter={hold.filter} onClose={hold.close} />
    </AuditFrame>
  )
}

/** How long entries keep their content, what is held, and how a person is forgotten. */
export const RetentionPage = () => (
  <AuditGate>
    <RetentionScreen />
  </AuditGate>
)
