import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { CloneDialog } from './CloneDialog.tsx'
import { ConfirmRemoval } from './ConfirmRemoval.tsx'
import { environmentColumns } from './columns.tsx'
import { EnvironmentDetail } from './EnvironmentDetail.tsx'
import { EnvironmentForm } from './EnvironmentForm.tsx'
import { EnvironmentsToolbar } from './EnvironmentsToolbar.tsx'
import type { EnvironmentActions } from './environment-actions.ts'
import { useEnvironmentSearch } from './environment-search.ts'
import { LockDialog } from './LockDialog.tsx'
import { NoEnvironments } from './NoEnvironments.tsx'
import { environmentList, useEnvironmentChange, useEnvironmentsLive, useForbidden } from './queries.ts'
import { useEnvironmentCommands } from './use-environment-commands.ts'
import { usualStages } from './usual.ts'

const none: readonly Environment[] = []

type Asking = { readonly kind: 'lock' | 'clone' | 'remove'; readonly environment: Environment }

const matches = (text: string) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ name, region, owners, health }: Environment) => {
    const whole = `${name} ${region} ${owners.join(' ')} ${health.status}`.toLowerCase()
    return words.every((word) => whole.includes(word))
  }
}

/** After a detail closes the focus would be nowhere. */
const focusList = () =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-region="List"] [data-roving]')?.focus())

async function addUsual(): Promise<void> {
  for (const stage of usualStages) await api.environments.create(stage)
}

export function EnvironmentsPage() {
  useEnvironmentsLive()
  const query = useQuery(environmentList)
  const all = query.data ?? none
  const search = useEnvironmentSearch()
  const forbidden = useForbidden()
  const [sort, setSort] = useState<Sort | null>(null)
  const [active, setActive] = useState<Environment | undefined>()
  const [asking, setAsking] = useState<Asking | null>(null)
  const filter = search.q ?? ''
  const rows = useMemo(() => sortRows(all.filter(matches(filter)), environmentColumns, sort), [all, filter, sort])
  const opened = all.find(({ name }) => name === search.open)
  const unlock = useEnvironmentChange((name: string) => api.environments.unlock({ name }))
  const move = useEnvironmentChange((to: { name: string; position: number }) => api.environments.move(to))
  const usual = useEnvironmentChange(addUsual)

  const show = ({ name }: Environment) => {
    unlock.reset()
    move.reset()
    search.show(name)
  }
  const close = () => {
    search.close()
    focusList()
  }
  const ask = (kind: Asking['kind']) => (environment: Environment) => setAsking({ kind, environment })
  const actions: EnvironmentActions = {
    close,
    edit: ({ name }) => search.startEdit(name),
    clone: ask('clone'),
    remove: ask('remove'),
    toggleLock: (environment) => (environment.lock ? unlock.mutate(environment.name) : ask('lock')(environment)),
    move: ({ name }, by) => {
      const position = all.findIndex((other) => other.name === name) + by
      if (position >= 0 && position < all.length) move.mutate({ name, position })
    },
  }
  const editing = search.add === true || (opened !== undefined && search.edit === true)
  useEnvironmentCommands({
    ...{ actions, forbidden, add: search.startAdd, turnTo: search.turnTo },
    current: editing ? undefined : (opened ?? all.find(({ name }) => name === active?.name)),
    opened: search.open !== undefined || search.add === true,
  })

  const detail = () => {
    if (editing)
      return (
        <EnvironmentForm
          key={search.add === true ? 'add' : search.open}
          environment={search.add === true ? null : (opened ?? null)}
          forbidden={forbidden(search.add === true ? 'environments.create' : 'environments.update')}
          onSaved={show}
          onCancel={() => (opened === undefined ? close() : show(opened))}
        />
      )
    if (opened === undefined) return null
    return (
      <EnvironmentDetail
        environment={opened}
        all={all}
        actions={actions}
        forbidden={forbidden}
        tab={search.tab ?? 'overview'}
        onTab={search.turnTo}
        other={search.with}
        onOther={search.compareWith}
        error={unlock.error ?? move.error}
      />
    )
  }
  const nothing =
    all.length === 0 ? (
      <NoEnvironments
        forbidden={forbidden('environments.create')}
        onUsual={() => usual.mutate(undefined)}
        onAdd={search.startAdd}
        error={usual.error}
      />
    ) : (
      <EmptyState voice="no-match" onClear={() => search.filter('')} />
    )

  return (
    <div className="flex h-full flex-col">
      <EnvironmentsToolbar
        filter={filter}
        onFilter={search.filter}
        rows={rows}
        total={all.length}
        forbidden={forbidden('environments.create')}
        onAdd={search.startAdd}
      />
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The environments could not be loaded."
          ready={() => (
            <SplitPane
              name="environments"
              detailLabel="Environment"
              initial={560}
              minDetail={440}
              detail={detail()}
              list={
                <DataGrid
                  name="environments"
                  label="Environments"
                  columns={environmentColumns}
                  {...rowsOf(rows)}
                  rowKey={({ id }) => id}
                  sort={sort}
                  onSort={setSort}
                  openKey={opened?.id ?? null}
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
      <Question
        asking={asking}
        onClose={() => setAsking(null)}
        onCloned={(cloned) => {
          setAsking(null)
          show(cloned)
        }}
        onRemoved={() => {
          setAsking(null)
          close()
        }}
      />
    </div>
  )
}

type QuestionProps = {
  readonly asking: Asking | null
  readonly onClose: () => void
  readonly onCloned: (environment: Environment) => void
  readonly onRemoved: () => void
}

function Question({ asking, onClose, onCloned, onRemoved }: QuestionProps) {
  if (asking === null) return null
  const { kind, environment } = asking
  if (kind === 'lock') return <LockDialog environment={environment} onClose={onClose} />
  if (kind === 'clone') return <CloneDialog environment={environment} onClose={onClose} onCloned={onCloned} />
  return <ConfirmRemoval environment={environment} onClose={onClose} onRemoved={onRemoved} />
}
