import type { ReactNode } from 'react'

export type KeyValue = { readonly name: string; readonly value: ReactNode; readonly mono?: boolean | undefined }

export type KeyValueListProps = { readonly items: readonly KeyValue[]; readonly nameWidth?: number | undefined }

export function KeyValueList({ items, nameWidth = 112 }: KeyValueListProps) {
  return (
    <dl className="flex flex-col">
      {items.map((item) => (
        <div key={item.name} className="flex min-h-6 items-baseline gap-3 py-0.5">
          <dt className="shrink-0 truncate text-secondary text-muted" style={{ width: nameWidth }} title={item.name}>
            {item.name}
          </dt>
          <dd
            className={
              item.mono === true ? 'min-w-0 flex-1 font-mono text-code break-words' : 'min-w-0 flex-1 break-words'
            }
          >
            {item.value}
          </dd>
        </div>
      ))}
    </dl>
  )
}
