import type { ReactNode } from 'react'

type FactTableProps = {
  readonly label: string
  readonly headers: readonly string[]
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[]
}

/** A few facts in rows that nobody selects. */
export function FactTable({ label, headers, rows }: FactTableProps) {
  return (
    <table aria-label={label} className="w-full table-fixed border-collapse text-left">
      <thead>
        <tr className="h-7 border-b border-line text-secondary text-muted">
          {headers.map((header) => (
            <th key={header} scope="col" className="truncate pr-3 font-medium">
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key} className="border-b border-line align-top last:border-b-0">
            {cells.map((cell, at) => (
              <td key={headers[at]} className="py-1 pr-3 break-words">
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
