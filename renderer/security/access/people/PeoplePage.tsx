import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Identity } from '#preload/security/access.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { Forbidden } from '../Forbidden.tsx'
import { identitiesQuery, useAccessChange, useForbidden } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { personColumns } from './columns.tsx'
import { PeopleToolbar } from './PeopleToolbar.tsx'
import { type PersonActions, PersonDetail } from './PersonDetail.tsx'
import { usePeopleSearch } from './people-search.ts'
import { matches } from './person.ts'
import { ResetFactors } from './ResetFactors.tsx'
import { usePeopleCommands } from './use-people-commands.ts'

const none: readonly Identity[] = []

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

const disabling = (person: Identity, disabled: boolean) => ({
  id: person.id,
  assignedRoles: person.assignedRoles,
  disabled,
  revision: person.revision,
})

/** Everybody who is known here: what they may do, how they prove themselves, where they are signed in. */
export function PeoplePage() {
  const forbidden = useForbidden()('access.identities')
  const query = useQuery({ ...identitiesQuery, enabled: forbidden === undefined })
  const all = query.data ?? none
  const search = usePeopleSearch()
  const [sort, setSort] = useState<Sort | null>({ column: 'name', descending: false })
  const [active, setActive] = useState<Identity | undefined>()
  const [disable, setDisable] = useState<Identity | null>(null)
  const [reset, setReset] = useState<Identity | null>(null)
  const set = useAccessChange(api.access.setIdentity)
  const unlock = useAccessChange((id: string) => api.access.unlockIdentity({ id }))
  const text = search.q ?? ''
  const rows = useMemo(() => sortRows(all.filter(matches(text)), personColumns, sort), [all, text, sort])
  const opened = all.find(({ id }) => id === search.open)

  const forget = () => {
    set.reset()
    unlock.reset()
  }
  const close = () => {
    forget()
    search.close()
    focusList()
  }
  const show = ({ id }: Identity) => {
    if (id !== search.open) forget()
    search.show(id)
  }
  const actions: PersonActions = {
    close,
    unlock: ({ id }) => unlock.mutate(id),
    resetFactors: setReset,
    toggle: (person) => (person.disabled ? set.mutate(disabling(person, false)) : setDisable(person)),
  }
  usePeopleCommands({
    current: opened ?? all.find(({ id }) => id === active?.id),
    opened: search.open !== undefined,
    actions,
  })
  const nothing =
    text === '' ? (
      <EmptyState voice="all-clear" title="Nobody is known here yet">
        People appear when they sign in for the first time.
      </EmptyState>
    ) : (
      <EmptyState voice="no-match" onClear={() => search.filter('')} />
    )

  if (forbidden !== undefined) return <Forbidden title="You may not see who is here" reason={forbidden} />
  return (
    <div className="flex h-full flex-col">
      <PeopleToolbar filter={text} onFilter={search.filter} rows={rows} total={all.length} />
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The people could not be loaded."
          ready={() => (
            <SplitPane
              name="people"
              detailLabel="Person"
              initial={520}
              minDetail={420}
              detail={
                opened === undefined ? null : (
                  <PersonDetail
                    key={opened.id}
                    person={opened}
                    actions={actions}
                    error={disable === null ? (set.error ?? unlock.error) : null}
                  />
                )
              }
              list={
                <DataGrid
                  name="people"
                  label="People"
                  columns={personColumns}
                  {...rowsOf(rows)}
                  rowKey={({ id }) => id}
                  sort={sort}
                  onSort={setSort}
                  openKey={search.open ?? null}
                  onOpen={show}
                  onActive={setActive}
                  onBack={close}
                  empty={nothing}
                />
              }
            />
          )}
        />
      </div>
      <ConfirmDialog
        open={disable !== null}
        onClose={() => {
          set.reset()
          setDisable(null)
        }}
        onConfirm={() => {
          if (disable !== null) set.mutate(disabling(disable, true), { onSuccess: () => setDisable(null) })
        }}
        title="Disable this person?"
        target={disable?.name}
        effect="Their sessions end now, and they cannot sign in until they are enabled again. What they did stays in the audit log."
        action="Disable"
        busy={set.isPending}
        error={sentenceOf(set.error)}
      />
      <ResetFactors person={reset} onClose={() => setReset(null)} />
    </div>
  )
}
