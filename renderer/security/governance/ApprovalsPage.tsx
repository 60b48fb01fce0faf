import { useQuery } from '@tanstack/react-query'
import { UserRoundCheck } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { Approval } from '#preload/security/approvals.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import { type Sort, sortRows } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { GridExport } from '#renderer/ui/grid/GridExport.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { ApprovalDetail } from './ApprovalDetail.tsx'
import { approvalColumns } from './approval-columns.tsx'
import { useApprovalSearch } from './approval-search.ts'
import { DecisionDialog } from './DecisionDialog.tsx'
import { DelegationsDialog } from './DelegationsDialog.tsx'
import {
  approvalList,
  approvalOf,
  ownIdentity,
  useForbidden,
  useGovernanceChange,
  useGovernanceLive,
} from './queries.ts'

const none: readonly Approval[] = []
const area = 'Approvals'
const shows = [
  { value: 'waiting', label: 'Waiting for me' },
  { value: 'mine', label: 'Asked by me' },
  { value: 'all', label: 'All' },
] as const

const emptyTitles = {
  waiting: 'Nothing waits for your approval',
  mine: 'You have asked for nothing',
  all: 'Nobody has asked for approval',
} as const

const byRecent: Sort = { column: 'requested', descending: true }

type Open =
  | { readonly kind: 'decide'; readonly approval: Approval; readonly decision: 'approve' | 'reject' }
  | { readonly kind: 'withdraw'; readonly approval: Approval }
  | { readonly kind: 'delegations' }
  | null

/** What may be done only when others agree: what waits, who signed, and carrying it out. */
export function ApprovalsPage() {
  useGovernanceLive()
  const me = useQuery(ownIdentity).data?.id ?? null
  const search = useApprovalSearch()
  const query = useQuery(approvalList(search.show))
  const one = useQuery({ ...approvalOf(search.open ?? ''), enabled: search.open !== undefined })
  const [sort, setSort] = useState<Sort | null>(byRecent)
  const [dialog, setDialog] = useState<Open>(null)
  const active = useRef<Approval | undefined>(undefined)
  const forbidden = useForbidden()
  const rows = useMemo(() => sortRows(query.data ?? none, approvalColumns, sort), [query.data, sort])
  const perform = useGovernanceChange((approval: Approval) => api.governance.perform({ id: approval.id }))
  const withdraw = useGovernanceChange((approval: Approval) =>
    api.governance.withdrawApproval({ id: approval.id, reason: 'Withdrawn by its requester.' }),
  )
  const open = search.open === undefined ? undefined : (one.data ?? rows.find(({ id }) => id === search.open))
  const target = () => open ?? active.current
  const mayDecide = () => target()?.state === 'waiting' && target()?.cannotDecide === null
  const actions = {
    decide: (approval: Approval, decision: 'approve' | 'reject') => setDialog({ kind: 'decide', approval, decision }),
    withdraw: (approval: Approval) => setDialog({ kind: 'withdraw', approval }),
    perform: (approval: Approval) =>
      perform.mutate(approval, {
        onSuccess: () => void toast(`${approval.operation} was carried out.`),
      }),
    close: () => {
      perform.reset()
      search.openOne(undefined)
    },
  }
  const decideTarget = (decision: 'approve' | 'reject') => () => {
    const approval = target()
    if (approval !== undefined) actions.decide(approval, decision)
  }
  useCommands([
    {
      id: 'approvals.approve',
      title: 'Approve the request',
      area,
      shortcut: 'a',
      when: mayDecide,
      disabledReason: forbidden('governance.decide'),
      run: decideTarget('approve'),
    },
    {
      id: 'approvals.reject',
      title: 'Reject the request',
      area,
      shortcut: 'r',
      when: mayDecide,
      disabledReason: forbidden('governance.decide'),
      run: decideTarget('reject'),
    },
    {
      id: 'approvals.perform',
      title: 'Carry out the approved request',
      area,
      shortcut: 'p',
      when: () => target()?.state === 'approved' && target()?.requester === me,
      run: () => {
        const approval = target()
        if (approval !== undefined) actions.perform(approval)
      },
    },
    {
      id: 'approvals.delegations',
      title: 'Let somebody decide for me',
      area,
      run: () => setDialog({ kind: 'delegations' }),
    },
    {
      id: 'approvals.close',
      title: 'Close the detail',
      area,
      shortcut: 'Esc',
      when: () => search.open !== undefined,
      run: actions.close,
    },
  ])
  const empty = (
    <EmptyState voice="all-clear" title={emptyTitles[search.show]}>
      A policy with <code className="font-mono text-code">@advice("approval")</code> makes an act wait for others.
    </EmptyState>
  )
  return (
    <div className="flex h-full flex-col">
      <div data-region="Filter" className="flex flex-wrap items-center gap-2 border-b border-line p-2">
        <SegmentedControl label="Show" segments={shows} value={search.show} onChange={search.showOnly} />
        <span role="status" className="flex-1 text-secondary text-muted">
          {plural(rows.length, 'request')}
        </span>
        <GridExport name="approvals" area={area} columns={approvalColumns} rows={rows} />
        <Button icon={UserRoundCheck} onClick={() => setDialog({ kind: 'delegations' })}>
          While I am away
        </Button>
      </div>
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The requests could not be loaded."
          ready={() => (
            <SplitPane
              name="approvals"
              detailLabel="Request"
              initial={520}
              minDetail={380}
              list={
                <DataGrid
                  name="approvals"
                  label="Requests for approval"
                  columns={approvalColumns}
                  {...rowsOf(rows)}
                  rowKey={({ id }) => id}
                  sort={sort}
                  onSort={setSort}
                  openKey={search.open ?? null}
                  onOpen={({ id }) => search.openOne(id)}
                  onBack={actions.close}
                  onActive={(approval) => {
                    active.current = approval
                  }}
                  empty={empty}
                />
              }
              detail={
                open === undefined ? null : (
                  <ApprovalDetail
                    approval={open}
                    own={open.requester === me}
                    actions={actions}
                    forbidden={forbidden}
                    busy={perform.isPending}
                    error={perform.error}
                  />
                )
              }
            />
          )}
        />
      </div>
      {dialog?.kind === 'decide' ? <DecisionDialog {...dialog} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'delegations' ? <DelegationsDialog me={me} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'withdraw' ? (
        <ConfirmDialog
          open
          onClose={() => setDialog(null)}
          onConfirm={() => withdraw.mutate(dialog.approval, { onSuccess: () => setDialog(null) })}
          title="Withdraw this request?"
          target={dialog.approval.operation}
          effect="Nobody can approve it any more, and it will not be carried out. Ask again if you need it later."
          action="Withdraw the request"
          busy={withdraw.isPending}
          error={withdraw.error?.message}
        />
      ) : null}
    </div>
  )
}
