import { Download } from 'lucide-react'
import { IconButton } from '../Button.tsx'
import { useCommands } from '../commands.ts'
import { saveText, toCsv, toJson } from '../export.ts'
import { Menu } from '../Menu.tsx'
import { type Column, exportColumns } from './column.ts'

type GridExportProps<Row> = {
  /** Names the files and the commands: `connections`. */
  readonly name: string
  /** Of the commands in the palette: `Connections`. */
  readonly area: string
  readonly columns: readonly Column<Row>[]
  /** What is exported: the rows as they are filtered and sorted. */
  readonly rows: readonly Row[]
}

/** Writes the rows of a list as CSV or JSON. */
export function GridExport<Row>({ name, area, columns, rows }: GridExportProps<Row>) {
  const exported = exportColumns(columns)
  const csv = () => saveText(`${name}.csv`, toCsv(exported, rows), 'text/csv')
  const json = () => saveText(`${name}.json`, toJson(exported, rows), 'application/json')
  useCommands([
    { id: `${name}.csv`, title: `Export ${name} as CSV`, area, run: csv },
    { id: `${name}.json`, title: `Export ${name} as JSON`, area, run: json },
  ])
  return (
    <Menu
      label="Export"
      align="end"
      trigger={<IconButton icon={Download} label="Export" />}
      items={[
        { id: 'csv', label: 'CSV', run: csv },
        { id: 'json', label: 'JSON', run: json },
      ]}
    />
  )
}
