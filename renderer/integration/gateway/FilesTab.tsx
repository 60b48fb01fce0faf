import { useQuery } from '@tanstack/react-query'
import { FileInput, Plus } from 'lucide-react'
import { useState } from 'react'
import type { GatewayFile } from '#preload/integration/gateway.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { EmptyState } from '#renderer/ui/EmptyState.tsx'
import { plural } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { FileEditor } from './FileEditor.tsx'
import { FileMark } from './FileMark.tsx'
import { blankDraft, type FileDraft } from './file-draft.ts'
import { gatewaySearchOf } from './gateway-search.ts'
import { ImportDialog } from './ImportDialog.tsx'
import { fileList, useForbidden } from './queries.ts'
import { useUnsaved } from './use-unsaved.tsx'

const columns: readonly Column<GatewayFile>[] = [
  {
    ...{ id: 'name', header: 'File', width: 140, grow: 1, fixed: true },
    cell: ({ name }) => <SafeText text={name} oneLine />,
  },
  { ...{ id: 'state', header: 'State', width: 130 }, cell: (file) => <FileMark file={file} /> },
  {
    ...{ id: 'changed', header: 'Changed', width: 90, align: 'end' },
    cell: ({ updatedAt }) => <RelativeTime at={updatedAt} />,
  },
]

type Address = { readonly pathname: string; readonly search: unknown }

/** Whether going there closes the file that is open; the scope of environments, say, does not. */
const losesFile = (from: Address, to: Address): boolean => {
  const searchOf = ({ search }: Address) => gatewaySearchOf(search as Readonly<Record<string, unknown>>)
  const [before, after] = [searchOf(from), searchOf(to)]
  return from.pathname !== to.pathname || before.tab !== after.tab || before.file !== after.file
}

type FilesTabProps = { readonly open: string | undefined; readonly onOpen: (file: string | undefined) => void }

/** The Gateway API files that are served beside the services that are rolled out. */
export function FilesTab({ open, onOpen }: FilesTabProps) {
  const query = useQuery(fileList)
  const [adding, setAdding] = useState<FileDraft | null>(null)
  const [importing, setImporting] = useState(false)
  const forbidden = useForbidden()('gateway.saveFile')
  const { question, tell, before } = useUnsaved(adding === null ? (open ?? '') : 'A new file', losesFile)
  const add = (): void => before(() => setAdding(blankDraft))
  const startImport = (): void => before(() => setImporting(true))
  const show = (name: string | undefined): void => {
    setAdding(null)
    onOpen(name)
  }
  const leaveFor = (name: string | undefined): void => before(() => show(name))
  const saved = (name: string): void => {
    tell(false)
    show(name)
  }
  const shared = { onClose: () => leaveFor(undefined), onSaved: saved, onUnsaved: tell }
  useCommands([
    {
      ...{ id: 'gateway.add', title: 'Add a file', area: 'Gateway', shortcut: 'c' },
      disabledReason: forbidden,
      run: add,
    },
    {
      ...{ id: 'gateway.import', title: 'Import OpenAPI', area: 'Gateway', shortcut: 'i' },
      disabledReason: forbidden,
      run: startImport,
    },
  ])
  const editor = (files: readonly GatewayFile[]) => {
    const opened = files.find(({ name }) => name === open)
    if (adding) return <FileEditor key={`new ${adding.name}`} file={null} draft={adding} {...shared} />
    return opened === undefined ? null : <FileEditor key={opened.name} file={opened} {...shared} />
  }
  return (
    <div className="flex h-full flex-col">
      <div data-region="Files" className="flex items-center gap-2 border-b border-line p-2">
        <span role="status" className="flex-1 text-secondary text-muted">
          {plural(query.data?.length ?? 0, 'file')}
        </span>
        <Button icon={FileInput} shortcut="i" forbidden={forbidden} onClick={startImport}>
          Import OpenAPI…
        </Button>
        <Button icon={Plus} kind="primary" shortcut="c" forbidden={forbidden} onClick={add}>
          Add a file
        </Button>
      </div>
      <div className="min-h-0 flex-1">
        <QueryView
          query={query}
          failure="The files could not be loaded."
          ready={(files) => (
            <SplitPane
              name="gateway-files"
              detailLabel="File"
              initial={420}
              minDetail={460}
              detail={editor(files)}
              list={
                <DataGrid
                  name="gateway-files"
                  label="Files"
                  columns={columns}
                  {...rowsOf(files)}
                  rowKey={({ name }) => name}
                  openKey={open ?? null}
                  onOpen={({ name }) => leaveFor(name)}
                  onBack={() => leaveFor(undefined)}
                  empty={
                    <EmptyState
                      voice="unconfigured"
                      title="No file is served yet"
                      action={{ label: 'Add a file', run: add, forbidden }}
                    >
                      A file holds Gateway API documents: a Gateway that says where to listen, HTTPRoutes, and Backends.
                    </EmptyState>
                  }
                />
              }
            />
          )}
        />
      </div>
      {question}
      {importing ? (
        <ImportDialog
          onClose={() => setImporting(false)}
          onImported={(draft) => {
            setImporting(false)
            setAdding(draft)
          }}
        />
      ) : null}
    </div>
  )
}
