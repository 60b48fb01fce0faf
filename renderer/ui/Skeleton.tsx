import { useEffect, useState } from 'react'

/** True after the delay: what answers faster never flashes a placeholder. */
export function useLate(delay = 150): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), delay)
    return () => clearTimeout(timer)
  }, [delay])
  return late
}

const lengths = ['w-3/5', 'w-2/5', 'w-1/2', 'w-3/4', 'w-1/3'] as const

export type SkeletonProps = { readonly rows?: number | undefined; readonly label?: string | undefined }

/** Bars in the shape of rows; nothing for the first 150 ms. */
export function Skeleton({ rows = 6, label = 'Loading' }: SkeletonProps) {
  const late = useLate()
  if (!late) return <div aria-busy="true" />
  return (
    <div role="status" aria-label={label} className="appear flex flex-col">
      {Array.from({ length: rows }, (_, at) => at).map((at) => (
        <div key={at} className="flex h-7 items-center gap-3 border-b border-line px-3">
          <span className="skeleton-bar size-3" />
          <span className={`skeleton-bar h-2.5 ${lengths[at % lengths.length]}`} />
        </div>
      ))}
    </div>
  )
}
