import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { groupedRowsOf } from '#renderer/ui/grid/rows.ts'
import { Menu, type MenuItem } from '#renderer/ui/Menu.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { AuditFrame } from '../AuditFrame.tsx'
import { AuditGate } from '../AuditGate.tsx'
import { auditAnchors, auditForwarders, useForbidden } from '../queries.ts'
import { placeColumns } from './columns.tsx'
import { useDeliverySearch } from './delivery-search.ts'
import { type PlaceActions, PlaceDetail } from './PlaceDetail.tsx'
import { PlaceForm } from './PlaceForm.tsx'
import { kindWords, type Place, type PlaceKind, placeKey, placeKinds } from './place.ts'
import { RemovePlace } from './RemovePlace.tsx'

const groupNames = { forwarder: 'Entries are forwarded to', anchor: 'Checkpoints are anchored at' } as const

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

/** Forwarders and anchors as one list, once both are known. */
function usePlaces() {
  const forwarders = useQuery(auditForwarders)
  const anchors = useQuery(auditAnchors)
  const data =
    forwarders.data === undefined || anchors.data === undefined
      ? undefined
      : [
          ...forwarders.data.map((item): Place => ({ role: 'forwarder', item })),
          ...anchors.data.map((item): Place => ({ role: 'anchor', item })),
        ]
  return {
    data,
    error: forwarders.error ?? anchors.error,
    isFetching: forwarders.isFetching || anchors.isFetching,
    dataUpdatedAt: Math.min(forwarders.dataUpdatedAt, anchors.dataUpdatedAt),
    refetch: () => Promise.all([forwarders.refetch(), anchors.refetch()]),
  }
}

type Forbidden = ReturnType<typeof useForbidden>

/** Why a place of this role may not be kept or removed; undefined where it may. */
const forbiddenOf = (forbidden: Forbidden, role: Place['role']) =>
  role === 'forwarder'
    ? { put: forbidden('audit.putForwarder'), remove: forbidden('audit.removeForwarder') }
    : { put: forbidden('audit.putAnchor'), remove: forbidden('audit.removeAnchor') }

const addItems = (forbidden: Forbidden, add: (kind: PlaceKind) => void): readonly MenuItem[] =>
  (['forwarder', 'anchor'] as const).flatMap((role): readonly MenuItem[] => [
    { kind: 'heading', id: role, label: role === 'forwarder' ? 'Forward entries to' : 'Anchor checkpoints at' },
    ...placeKinds
      .filter((kind) => kindWords[kind].role === role)
      .map((kind) => ({
        id: kind,
        label: kindWords[kind].name,
        forbidden: forbiddenOf(forbidden, role).put,
        run: () => add(kind),
      })),
  ])

type CommandParts = {
  readonly current: Place | undefined
  readonly opened: boolean
  readonly actions: PlaceActions
  readonly forbidden: Forbidden
  readonly add: (kind: PlaceKind) => void
  readonly openMenu: () => void
}

function useDeliveryCommands({ current, opened, actions, forbidden, add, openMenu }: CommandParts): void {
  const area = 'Audit'
  const reasons = current === undefined ? { put: undefined, remove: undefined } : forbiddenOf(forbidden, current.role)
  const when = () => current !== undefined
  const on = (act: (place: Place) => void) => () => (current === undefined ? undefined : act(current))
  useCommands([
    { id: 'audit.addPlace', title: 'Add a forwarder or an anchor', area, shortcut: 'n', run: openMenu },
    ...placeKinds.map((kind) => ({
      id: `audit.add.${kind}`,
      title: `Add ${kindWords[kind].role === 'forwarder' ? 'a forwarder' : 'an anchor'}: ${kindWords[kind].name}`,
      area,
      disabledReason: forbiddenOf(forbidden, kindWords[kind].role).put,
      run: () => add(kind),
    })),
    {
      id: 'audit.editPlace',
      title: 'Edit where the log goes',
      area,
      shortcut: 'e',
      when,
      disabledReason: reasons.put,
      run: on(actions.edit),
    },
    {
      id: 'audit.removePlace',
      title: 'Remove the forwarder or anchor',
      area,
      shortcut: 'Delete',
      when,
      disabledReason: reasons.remove,
      run: on(actions.remove),
    },
    { id: 'audit.close', title: 'Close the detail', area, shortcut: 'Esc', when: () => opened, run: actions.close },
  ])
}

function Delivery() {
  const places = usePlaces()
  const { search, show, edit, add, close } = useDeliverySearch()
  const forbidden = useForbidden()
  const [menu, setMenu] = useState(false)
  const [active, setActive] = useState<Place | undefined>()
  const [removed, setRemoved] = useState<Place | null>(null)
  const all = places.data ?? []
  const opened = all.find((place) => placeKey(place) === search.open)
  const leave = () => {
    close()
    focusList()
  }
  const actions: PlaceActions = { close: leave, edit: (place) => edit(placeKey(place)), remove: setRemoved }
  useDeliveryCommands({
    current: opened ?? active,
    opened: search.open !== undefined || search.add !== undefined,
    actions,
    forbidden,
    add,
    openMenu: () => setMenu(true),
  })

  const detail = () => {
    if (search.add !== undefined)
      return (
        <PlaceForm
          key={search.add}
          place={null}
          kind={search.add}
          forbidden={forbiddenOf(forbidden, kindWords[search.add].role).put}
          onSaved={show}
          onCancel={leave}
        />
      )
    if (opened === undefined) return null
    const reasons = forbiddenOf(forbidden, opened.role)
    if (search.edit !== true) return <PlaceDetail place={opened} actions={actions} forbidden={reasons} />
    return (
      <PlaceForm
        key={placeKey(opened)}
        place={opened}
        kind={opened.item.settings.kind}
        forbidden={reasons.put}
        onSaved={show}
        onCancel={() => show(placeKey(opened))}
      />
    )
  }

  return (
    <AuditFrame>
      <div className="flex h-full flex-col">
        <div className="flex items-center gap-2 border-b border-line p-2">
          <span className="flex-1 text-secondary text-muted">
            {plural(all.length, 'place')}. Whatever leaves this machine cannot be rewritten here.
          </span>
          <Menu
            label="Add a forwarder or an anchor"
            align="end"
            open={menu}
            onOpenChange={setMenu}
            trigger={
              <Button kind="primary" icon={Plus} shortcut="n">
                Add…
              </Button>
            }
            items={addItems(forbidden, add)}
          />
        </div>
        <div className="min-h-0 flex-1">
          <QueryView
            query={places}
            failure="Where the log goes could not be loaded."
            ready={(rows) => (
              <SplitPane
                name="audit-delivery"
                detailLabel="Place"
                initial={480}
                minDetail={400}
                detail={detail()}
                list={
                  <DataGrid
                    name="audit-delivery"
                    label="Forwarders and anchors"
                    columns={placeColumns}
                    {...groupedRowsOf(rows, ({ role }) => groupNames[role], new Set())}
                    total={rows.length}
                    rowKey={placeKey}
                    openKey={search.open ?? null}
                    onOpen={(place) => show(placeKey(place))}
                    onActive={setActive}
                    onBack={leave}
                    empty={
                      <EmptyState
                        voice="unconfigured"
                        title="The log stays on this machine"
                        action={{
                          label: 'Add a forwarder or an anchor…',
                          run: () => setMenu(true),
                          forbidden: forbidden('audit.putForwarder'),
                        }}
                      >
                        Forward entries to a SIEM as they are written, or anchor checkpoints where this machine cannot
                        change them.
                      </EmptyState>
                    }
                  />
                }
              />
            )}
          />
        </div>
      </div>
      <RemovePlace place={removed} onClose={() => setRemoved(null)} onRemoved={leave} />
    </AuditFrame>
  )
}

/** Where entries and checkpoints go to, and how far each has come. */
export const DeliveryPage = () => (
  <AuditGate>
    <Delivery />
  </AuditGate>
)
